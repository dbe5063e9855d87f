import { expect, test } from 'vitest'
import { ClassicProgress } from './classic-progress.ts'

test('what a build that fails would leave behind is known, apart from what it stands on', () => {
  const lines: string[] = []
  const progress = new ClassicProgress((line) => void lines.push(line))
  const output = [
    'Step 1/4 : FROM base',
    ' ---> 111111111111',
    'Step 2/4 : COPY . .',
    ' ---> Using cache',
    ' ---> 222222222222',
    'Step 3/4 : RUN echo hello',
    ' ---> Running in aaaaaaaaaaaa',
    'hello',
    'Removing intermediate container aaaaaaaaaaaa',
    ' ---> 333333333333',
    'Step 4/4 : RUN sleep 600',
    ' ---> Running in bbbbbbbbbbbb',
  ]
  // The daemon sends a step and its line end apart.
  for (const line of output) for (const piece of [line, '\n']) progress.write(piece)
  expect(lines).toEqual(output)
  expect([...progress.layers]).toEqual(['333333333333'])
  expect([...progress.bases]).toEqual(['111111111111', '222222222222'])
  expect([...progress.containers]).toEqual(['aaaaaaaaaaaa', 'bbbbbbbbbbbb'])
  expect(progress.step).toBe('RUN sleep 600')
})

test('an empty line is one too', () => {
  const lines: string[] = []
  new ClassicProgress((line) => void lines.push(line)).write('one\n\ntwo\n')
  expect(lines).toEqual(['one', '', 'two'])
})

test('a step that writes ids without end does not fill the memory with them', () => {
  const progress = new ClassicProgress(() => undefined)
  const id = (index: number): string => index.toString(16).padStart(12, '0')
  progress.write('Step 1/2 : FROM x\n')
  for (let index = 0; index < 5000; index++) progress.write(` ---> ${id(index)}\n ---> Running in ${id(index)}\n`)
  expect(progress.bases.size).toBe(1000)
  expect(progress.containers.size).toBe(1000)
})

import { expect, test } from 'vitest'
import { ClassicProgress } from './classic-progress.ts'

test('what a build that fails would leave behind is known, and what others made is not taken for it', () => {
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
  expect([...progress.containers]).toEqual(['aaaaaaaaaaaa', 'bbbbbbbbbbbb'])
  expect(progress.step).toBe('RUN sleep 600')
})

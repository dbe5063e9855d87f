import { expect, test } from 'vitest'
import { BuildKitProgress } from './buildkit-progress.ts'
import type { BuildKitTrace, Vertex } from './buildkit-trace.ts'

// What dockerd 20.10 sent for the step below: its beginning, two lines of output, its end.
const REAL = [
  'Gl8KR3NoYTI1NjpkYTFmMTg5OTJlZDdmMDAxYWRlYmVlMTkxYzY2ZDkzNTk4NGQwYTliZDMwZWM0NzY3ZWNiMzk3ZDc1NDUwMWZjEgwI2viK2AYQp7i3pgMYASIEb25lCg==',
  'Gl8KR3NoYTI1NjpkYTFmMTg5OTJlZDdmMDAxYWRlYmVlMTkxYzY2ZDkzNTk4NGQwYTliZDMwZWM0NzY3ZWNiMzk3ZDc1NDUwMWZjEgwI2/iK2AYQ7YW12wMYASIEdHdvCg==',
] as const
const REAL_STEP = 'sha256:da1f18992ed7f001adebee191c66d935984d0a9bd30ec4767ecb397d754501fc'

const at = (seconds: number): { readonly seconds: number; readonly nanos: number } => ({ seconds, nanos: 5e8 })
const vertex = (digest: string, name: string, rest: Partial<Vertex> = {}): Vertex => ({
  ...{ digest, name, cached: false, started: at(1), completed: null, error: '' },
  ...rest,
})
const log = (id: string, text: string, stream = 1): BuildKitTrace['logs'][number] => ({
  vertex: id,
  stream,
  msg: Buffer.from(text),
})

function show(traces: readonly Partial<BuildKitTrace>[]): {
  readonly lines: string[]
  readonly progress: BuildKitProgress
  readonly received: number
} {
  const lines: string[] = []
  let received = 0
  const progress = new BuildKitProgress(
    (line) => void lines.push(line),
    (bytes) => void (received += bytes),
  )
  for (const trace of traces) progress.show({ vertexes: [], logs: [], warnings: [], ...trace })
  return { lines, progress, received }
}

test('a real trace is decoded', () => {
  const { lines, progress } = show([{ vertexes: [vertex(REAL_STEP, '[2/4] RUN echo one')] }])
  for (const trace of REAL) progress.trace(trace)
  expect(lines).toEqual(['#1 [2/4] RUN echo one', 'one', 'two'])
})

test('a step is shown once, with its output, how it ended, and how long it took', () => {
  const { lines } = show([
    { vertexes: [vertex('a', '[1/2] FROM x')] },
    { vertexes: [vertex('a', '[1/2] FROM x', { completed: at(2), cached: true })] },
    { vertexes: [vertex('b', '[2/2] RUN make')] },
    { logs: [log('b', 'par')] },
    { logs: [log('b', 'tial\nline'), log('b', 'error\n', 2)] },
    { vertexes: [vertex('b', '[2/2] RUN make', { completed: at(3) })] },
    { vertexes: [vertex('b', '[2/2] RUN make', { completed: at(3) })] },
  ])
  expect(lines).toEqual([
    ...['#1 [1/2] FROM x', '#1 from the cache'],
    ...['#2 [2/2] RUN make', 'partial', 'error', 'line', '#2 done in 2.0 s'],
  ])
})

test('output of steps that run beside each other says whose it is', () => {
  const { lines } = show([
    { vertexes: [vertex('a', 'A'), vertex('b', 'B')] },
    { logs: [log('a', 'a1\n'), log('a', 'a2\n'), log('b', 'b1\n'), log('a', 'a3\n')] },
  ])
  expect(lines).toEqual(['#1 A', '#2 B', '#1 A', 'a1', 'a2', '#2 B', 'b1', '#1 A', 'a3'])
})

test('what BuildKit does for itself is not shown, but what fails is known', () => {
  const name = '[internal] load metadata for example.com/base:1'
  const { lines, progress } = show([
    { vertexes: [vertex('a', '[internal] load remote build context'), vertex('b', name)] },
    { vertexes: [vertex('b', name, { completed: at(2), error: 'not found' })] },
  ])
  expect(lines).toEqual([])
  expect(progress.failed).toEqual({ name, error: 'not found', baseImage: 'example.com/base:1' })
})

test('names and warnings are one plain line each', () => {
  const { lines } = show([
    { vertexes: [vertex('a', 'RUN <<EOF\n  echo \u001b[31mone\nEOF')] },
    { warnings: [{ short: Buffer.from('Legacy\u0007 key') }] },
  ])
  expect(lines).toEqual(['#1 RUN <<EOF echo one EOF', 'Warning: Legacy key'])
})

test('output is counted as it came, also what is not shown', () => {
  const { lines, received } = show([
    { vertexes: [vertex('a', 'A')] },
    { logs: [log('a', '10 %\r\u001b[0m100 %\n'), log('unknown', '12345')] },
  ])
  expect(lines).toEqual(['#1 A', '100 %'])
  expect(received).toBe(15 + 5)
})

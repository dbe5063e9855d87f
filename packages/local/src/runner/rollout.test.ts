import { expect, test } from 'vitest'
import { nextStep, type Candidate } from './rollout.ts'

interface Named extends Candidate {
  readonly name: string
}

/** `+` ready, `-` not; `c`urrent, `f`allback, `s`uperseded. */
function replicas(...names: string[]): Named[] {
  const roles = { c: 'current', f: 'fallback', s: 'superseded' } as const
  return names.map((name) => ({ name, role: roles[name[0] as 'c' | 'f' | 's'], ready: name.includes('+') }))
}

function step(wanted: number, ...names: string[]): string {
  const { start, stop } = nextStep(wanted, replicas(...names))
  return [`start ${start}`, ...stop.map(({ name }) => name)].join(' ')
}

test('the first rollout starts all at once', () => {
  expect(step(3)).toBe('start 3')
  expect(step(0)).toBe('start 0')
})

test('an update starts one more, and stops an old one only when a new one is ready', () => {
  expect(step(2, 'f+1', 'f+2')).toBe('start 1')
  expect(step(2, 'f+1', 'f+2', 'c-1')).toBe('start 0')
  expect(step(2, 'f+1', 'f+2', 'c+1')).toBe('start 1 f+2')
  expect(step(2, 'f+1', 'c+1', 'c-2')).toBe('start 0')
  expect(step(2, 'f+1', 'c+1', 'c+2')).toBe('start 0 f+1')
  expect(step(2, 'c+1', 'c+2')).toBe('start 0')
})

test('a version that never worked goes as soon as there is a newer one, the one before it stays', () => {
  expect(step(1, 'f+1', 's-1')).toBe('start 1 s-1')
  expect(step(2, 'f+1', 'f+2', 's-1')).toBe('start 1 s-1')
})

test('the version that last worked is kept until the new one works, also while it is starting', () => {
  expect(step(1, 'f-1')).toBe('start 1')
  expect(step(1, 'f-1', 'c-1')).toBe('start 0')
  expect(step(1, 'f-1', 'c+1')).toBe('start 0 f-1')
})

test('scaling down stops those that are not ready, then the youngest; scaling to nothing stops all', () => {
  expect(step(1, 'c-1', 'c+2', 'c+3')).toBe('start 0 c-1 c+3')
  expect(step(0, 'c+1', 'f+1')).toBe('start 0 c+1 f+1')
})

test('scaling up starts what is missing', () => {
  expect(step(4, 'c+1')).toBe('start 3')
})

import { expect, test } from 'vitest'
import { coreError } from '../errors/catalogue.ts'
import { PushTimer } from './push-timer.ts'

function timer() {
  let now = 0
  const ended: unknown[] = []
  const clock = { now: () => now }
  const pushTimer = new PushTimer(clock, { phaseEnded: (...phase) => void ended.push(phase) })
  const taking = <T>(milliseconds: number, outcome: () => T) => {
    return (): Promise<T> => {
      now += milliseconds
      return Promise.resolve().then(outcome)
    }
  }
  return { pushTimer, taking, ended }
}

test('a phase is told of with its time and how it ended', async () => {
  const { pushTimer, taking, ended } = timer()
  expect(
    await pushTimer.time(
      'build',
      taking(1500, () => 'image'),
    ),
  ).toBe('image')
  await pushTimer.time(
    'lookup',
    taking(3, () => [] as string[]),
    ([image]) => (image === undefined ? 'miss' : 'hit'),
  )
  expect(ended).toEqual([
    ['build', 'success', 1500],
    ['lookup', 'miss', 3],
  ])
})

test('a phase that fails is told of by its code, or as a fault of ours where it has none', async () => {
  const { pushTimer, taking, ended } = timer()
  const failing = (error: Error) =>
    taking(5, () => {
      throw error
    })
  const refused = coreError('WS_PUSH_STALE', 'moved')
  await expect(pushTimer.time('preflight', failing(refused))).rejects.toBe(refused)
  await expect(pushTimer.time('release', failing(new TypeError('oops')))).rejects.toThrow('oops')
  expect(ended).toEqual([
    ['preflight', 'WS_PUSH_STALE', 5],
    ['release', 'WS_INTERNAL', 5],
  ])
})

import { expect, test } from 'vitest'
import { BuildQueue } from './build-queue.ts'
import { NO_OBSERVER, PushTimer } from './push-timer.ts'

const never = new AbortController().signal
const timer = new PushTimer({ now: () => 0 }, NO_OBSERVER)
const limits = { concurrentBuilds: 2, concurrentBuildsPerCustomer: 1, maxWaiting: 3 }

/** Builds that end when told, and the order in which they began. */
function builds(queue: BuildQueue) {
  const began: string[] = []
  const finish = new Map<string, () => void>()
  const places = new Map<string, number>()
  const add = (name: string, customer: string, signal = never): Promise<void> =>
    queue.run(
      customer,
      signal,
      (place) => places.set(name, place),
      () => {
        began.push(name)
        return new Promise<void>((resolve) => finish.set(name, resolve))
      },
    )
  const end = async (name: string): Promise<void> => {
    finish.get(name)?.()
    await new Promise(setImmediate)
  }
  return { began, places, add, end }
}

test('limits hold, all and per customer, and places are told', async () => {
  const { began, places, add, end } = builds(new BuildQueue(limits, timer))
  void add('a1', 'a')
  void add('a2', 'a')
  void add('b1', 'b')
  void add('c1', 'c')
  await new Promise(setImmediate)
  expect(began).toEqual(['a1', 'b1'])
  expect(places.get('a2')).toBe(1)
  expect(places.get('c1')).toBe(2)
  await end('b1')
  expect(began).toEqual(['a1', 'b1', 'c1'])
})

test('a customer who pushes much does not keep the others waiting', async () => {
  const { began, add, end } = builds(new BuildQueue({ ...limits, concurrentBuilds: 1, maxWaiting: 10 }, timer))
  for (const name of ['a1', 'a2', 'a3']) void add(name, 'a')
  void add('b1', 'b')
  await new Promise(setImmediate)
  for (const name of ['a1', 'b1', 'a2']) await end(name)
  expect(began).toEqual(['a1', 'b1', 'a2', 'a3'])
})

test('a full queue refuses, and one who leaves makes room', async () => {
  const { add, end, began } = builds(
    new BuildQueue({ concurrentBuilds: 1, concurrentBuildsPerCustomer: 1, maxWaiting: 1 }, timer),
  )
  void add('a1', 'a')
  const leaving = new AbortController()
  const waiting = add('a2', 'a', leaving.signal)
  await expect(add('a3', 'a')).rejects.toMatchObject({ code: 'WS_PUSH_QUEUE_FULL' })
  leaving.abort(new Error('left'))
  await expect(waiting).rejects.toThrow('left')
  void add('a4', 'a')
  await end('a1')
  expect(began).toEqual(['a1', 'a4'])
})

test('a build that fails gives its place back', async () => {
  const queue = new BuildQueue({ concurrentBuilds: 1, concurrentBuildsPerCustomer: 1, maxWaiting: 1 }, timer)
  const failing = queue.run(
    'a',
    never,
    () => undefined,
    () => Promise.reject(new Error('broken')),
  )
  await expect(failing).rejects.toThrow('broken')
  await expect(
    queue.run(
      'a',
      never,
      () => undefined,
      () => Promise.resolve(7),
    ),
  ).resolves.toBe(7)
})

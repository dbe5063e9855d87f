import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { ManualClock } from './manual-clock.test.kit.ts'
import { WorkQueue } from './queue.ts'

function setUp(): { readonly clock: ManualClock; readonly queue: WorkQueue; readonly taken: string[] } {
  const clock = new ManualClock()
  const queue = new WorkQueue(clock)
  return { clock, queue, taken: [] }
}

/** A worker that gives back at once what it takes. */
async function drain(queue: WorkQueue, taken: string[]): Promise<void> {
  for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
    taken.push(key)
    queue.done(key)
  }
}

test('keys come in the order in which they were added, each once', async () => {
  const { queue, taken } = setUp()
  for (const key of ['b', 'a', 'b', 'c', 'a']) queue.add(key)
  void drain(queue, taken)
  await turn()
  expect(taken).toEqual(['b', 'a', 'c'])
})

test('a key that is taken is given to nobody else, and comes again when it is done', async () => {
  const { queue, taken } = setUp()
  queue.add('a')
  expect(await queue.take()).toBe('a')
  void drain(queue, taken)
  queue.add('a')
  queue.add('a')
  queue.add('b')
  await turn()
  expect(taken).toEqual(['b'])
  queue.done('a')
  await turn()
  expect(taken).toEqual(['b', 'a'])
})

test('a delayed key comes when its time is over, and the soonest of several times counts', async () => {
  const { clock, queue, taken } = setUp()
  void drain(queue, taken)
  queue.addAfter('a', 500)
  queue.addAfter('a', 100)
  queue.addAfter('a', 900)
  await clock.advance(99)
  expect(taken).toEqual([])
  await clock.advance(1)
  expect(taken).toEqual(['a'])
  await clock.advance(10_000)
  expect(taken).toEqual(['a'])
})

test('a key that is looked at earlier is not looked at again for the delay that it had', async () => {
  const { clock, queue, taken } = setUp()
  void drain(queue, taken)
  queue.addAfter('a', 500)
  queue.add('a')
  await clock.advance(1000)
  expect(taken).toEqual(['a'])
})

test('a delay that is longer than a timer can be does not come at once', async () => {
  const { clock, queue, taken } = setUp()
  void drain(queue, taken)
  queue.addAfter('a', 2 ** 40)
  await clock.advance(24 * 60 * 60_000)
  expect(taken).toEqual([])
})

test('closing ends all who wait, and what is added later is dropped', async () => {
  const { clock, queue } = setUp()
  const waiting = [queue.take(), queue.take()]
  queue.addAfter('a', 10)
  queue.close()
  expect(await Promise.all(waiting)).toEqual([undefined, undefined])
  queue.add('b')
  await clock.advance(20)
  expect(await queue.take()).toBeUndefined()
})

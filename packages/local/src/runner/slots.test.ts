import { expect, test } from 'vitest'
import { Slots } from './slots.ts'

const { signal } = new AbortController()

test('those who wait get the slots that are given back, in order', async () => {
  const slots = new Slots(1)
  const order: string[] = []
  const first = await slots.take(signal)
  const waiting = ['a', 'b'].map(async (name) => {
    const giveBack = await slots.take(signal)
    order.push(name)
    giveBack()
  })
  expect(order).toEqual([])
  first()
  first()
  await Promise.all(waiting)
  expect(order).toEqual(['a', 'b'])
})

test('who gives up waiting takes no slot', async () => {
  const slots = new Slots(1)
  const giveBack = await slots.take(signal)
  const stop = new AbortController()
  const waiting = slots.take(stop.signal)
  stop.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow('enough')
  giveBack()
  await slots.take(signal)
})

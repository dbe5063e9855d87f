import { expect, test } from 'vitest'
import { ManualClock } from '../controller/manual-clock.test.kit.ts'
import { Patience } from './patience.ts'

test('the wait for a turn is long, and what comes after it has a time of its own', async () => {
  const clock = new ManualClock()
  const patience = new Patience(clock)
  expect(patience.left('blog', 'turn')).toBe(300_000)
  await clock.advance(299_000)
  expect(patience.left('blog', 'turn')).toBe(1000)
  expect(patience.left('blog', 'moment')).toBe(30_000)
  await clock.advance(31_000)
  expect(patience.left('blog', 'moment')).toBe(0)
})

test('what was there, or was forgotten, is waited for anew', async () => {
  const clock = new ManualClock()
  const patience = new Patience(clock)
  patience.left('blog', 'moment')
  await clock.advance(31_000)
  expect(patience.left('blog', undefined)).toBe(0)
  expect(patience.left('blog', 'moment')).toBe(30_000)
  await clock.advance(10_000)
  patience.forget('blog')
  expect(patience.left('blog', 'moment')).toBe(30_000)
})

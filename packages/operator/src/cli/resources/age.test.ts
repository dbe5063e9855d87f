import { expect, test } from 'vitest'
import { age } from './age.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

test.each([
  [-5, '0s'],
  [119_999, '119s'],
  [2 * MINUTE, '2m'],
  [2 * MINUTE + 5000, '2m5s'],
  [10 * MINUTE + 5000, '10m'],
  [3 * HOUR - 1, '179m'],
  [3 * HOUR + 5 * MINUTE, '3h5m'],
  [8 * HOUR + 5 * MINUTE, '8h'],
  [2 * DAY - 1, '47h'],
  [3 * DAY + 4 * HOUR, '3d4h'],
  [8 * DAY + 4 * HOUR, '8d'],
  [2 * 365 * DAY + 3 * DAY, '2y3d'],
  [9 * 365 * DAY, '9y'],
])('%i ms are shown as kubectl shows them: %s', (milliseconds, text) => {
  expect(age(milliseconds)).toBe(text)
})

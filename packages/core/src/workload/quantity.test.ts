import { expect, test } from 'vitest'
import { smallerQuantity } from './quantity.ts'

test.each([
  ['900m', '1'],
  ['0.5', '501m'],
  ['1G', '1Gi'],
  ['0.5Gi', '513Mi'],
  ['1023Ki', '1Mi'],
  ['999k', '1M'],
  ['1Ti', '1.5T'],
  ['0', '1m'],
])('%s is less than %s', (less, more) => {
  expect(smallerQuantity(less, more)).toBe(less)
  expect(smallerQuantity(more, less)).toBe(less)
})

test('of equal amounts the first is kept as it is written', () => {
  expect(smallerQuantity('512Mi', '0.5Gi')).toBe('512Mi')
})

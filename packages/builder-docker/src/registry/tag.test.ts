import { expect, test } from 'vitest'
import { formatTag, keyDigest, parseTag } from './tag.ts'

test('a tag says what it was made from and when it was used, to the second', () => {
  const tag = { key: keyDigest('any build key / of any form', {}), usedAt: Date.UTC(2026, 10, 22, 9, 8, 7, 654) }
  expect(formatTag(tag)).toMatch(/^[0-9a-f]{40}-20261122t090807z$/)
  expect(parseTag(formatTag(tag))).toEqual({ ...tag, usedAt: Date.UTC(2026, 10, 22, 9, 8, 7) })
})

test.each(['latest', 'v1', '0'.repeat(40), `${'0'.repeat(40)}-2026`, `x${'0'.repeat(39)}-20261122t090807z`])(
  '%s is not one of ours',
  (tag) => expect(parseTag(tag)).toBeUndefined(),
)

test('build arguments are part of the key, in any order', () => {
  expect(keyDigest('k', { a: '1', b: '2' })).toBe(keyDigest('k', { b: '2', a: '1' }))
  expect(keyDigest('k', { a: '1' })).not.toBe(keyDigest('k', {}))
})

import { coreError } from '@webspaces/core'
import { expect, test } from 'vitest'
import { retryDelay } from './retry.ts'
import { StatusError } from './status-error.ts'

const refused = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })
const reset = Object.assign(new Error('reset'), { code: 'ECONNRESET' })
const answer = (code: number, retryAfterMs?: number) => new StatusError(code, {}, retryAfterMs)
const delay = (error: unknown, { tries = 1, repeatable = true, refusedBefore = false } = {}) =>
  retryDelay({ error, tries, repeatable, refusedBefore }, () => 1)

test.each([
  ['a connection that was not taken', refused, true, true],
  ['a connection that broke', reset, true, false],
  ['too many requests', answer(429), true, true],
  ['a gateway without a server', answer(503), true, false],
  ['a refusal', answer(403), false, false],
  ['a conflict', answer(409), false, false],
  ['an answer that is too large', coreError('WS_UNAVAILABLE', 'too large'), false, false],
])('%s', (_name, error, repeatable, other) => {
  expect(delay(error) !== undefined).toBe(repeatable)
  expect(delay(error, { repeatable: false }) !== undefined).toBe(other)
})

test('pauses grow up to four seconds, and there is an end', () => {
  const delays = Array.from({ length: 12 }, (_, index) => delay(refused, { tries: index + 1 }))
  expect(delays).toEqual([100, 200, 400, 800, 1600, 3200, 4000, 4000, 4000, 4000, 4000, undefined])
})

test('never sooner than the server asks, and not at all where it asks for long', () => {
  expect(delay(answer(429, 2000))).toBe(2100)
  expect(retryDelay({ error: answer(429, 2000), tries: 1, repeatable: true }, () => 0)).toBe(2050)
  expect(delay(answer(429, 60_000))).toBeUndefined()
})

test('credentials are read anew once', () => {
  expect(delay(answer(401))).toBeDefined()
  expect(delay(answer(401), { tries: 5 })).toBeDefined()
  expect(delay(answer(401), { tries: 2, refusedBefore: true })).toBeUndefined()
})

test('a server that is starting has not begun what it was asked', () => {
  const starting = new StatusError(503, { message: 'server is starting' })
  const overloaded = new StatusError(503, { message: 'apiserver is shutting down' })
  expect(retryDelay({ error: starting, tries: 1, repeatable: false })).toBeGreaterThan(0)
  expect(retryDelay({ error: overloaded, tries: 1, repeatable: false })).toBeUndefined()
})

test('a kind that a server does not know is asked for again while it may be starting', () => {
  const unknown = new StatusError(404, { message: '404 page not found' })
  expect(delay(unknown, { repeatable: false })).toBeDefined()
  expect(delay(unknown, { tries: 6 })).toBeUndefined()
  expect(delay(new StatusError(404, { details: { name: 'blog' } }))).toBeUndefined()
})

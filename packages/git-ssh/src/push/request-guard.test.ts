import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RequestGuard } from './request-guard.ts'

const line = (text: string): string => (text.length + 4).toString(16).padStart(4, '0') + text
const update = (ref: string): string => `${'0'.repeat(40)} ${'a'.repeat(40)} ${ref}`
const first = (capabilities: string): string => line(`${update('refs/heads/main')}\0${capabilities}`)

/** Gives the bytes to a guard in pieces of this size. */
function check(
  request: string,
  size: number,
  limits = { requestBytes: 1000, pushOptions: 2, packBytes: 10_000 },
): void {
  const guard = new RequestGuard(limits)
  const bytes = Buffer.from(request, 'latin1')
  for (let at = 0; at < bytes.length; at += size) guard.check(bytes.subarray(at, at + size))
}

const PACK = 'PACK' + '\xff'.repeat(5000)

test('an ordinary push passes, however it is cut, and its pack is not counted', () => {
  const push =
    first(' report-status push-options agent=git') +
    line(update('refs/heads/x')) +
    '0000' +
    line('one') +
    line('two') +
    '0000' +
    PACK
  for (const size of [1, 3, 7, 100, 10_000]) expect(() => check(push, size)).not.toThrow()
})

test('without the capability, the pack comes right after the refs', () => {
  expect(() => check(`${first(' report-status')}0000${PACK}`, 100)).not.toThrow()
})

test('lines of a shallow clone come before the first update', () => {
  const push =
    line(`shallow ${'a'.repeat(40)}`) + first(' push-options') + '0000' + line('a') + line('b') + line('c') + '0000'
  expect(() => check(push, 10)).toThrow(expect.objectContaining({ code: 'WS_GIT_REQUEST' }))
})

test('too many refs and too many options are refused', () => {
  const refs = Array.from({ length: 50 }, (_, index) => line(update(`refs/heads/${index}`))).join('')
  expect(() => check(first('') + refs, 64)).toThrow('over 1000 bytes')
  const options = ['a', 'b', 'c'].map(line).join('')
  expect(() => check(`${first(' push-options')}0000${options}`, 64)).toThrow('more than 2 push options')
})

test('a pack is counted from its first byte', () => {
  const request = `${first('')}0000`
  for (const size of [7, 100_000]) {
    expect(() => check(request + 'x'.repeat(10_000), size)).not.toThrow()
    expect(() => check(request + 'x'.repeat(10_001), size)).toThrow(
      expect.objectContaining({ code: 'WS_PUSH_TOO_LARGE' }),
    )
  }
})

test('anything at all passes or is a coded error, and little of it is kept', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), fc.integer({ min: 1, max: 50 }), (parts, size) => {
      try {
        check(parts.join(''), size)
      } catch (error) {
        expect(error).toMatchObject({ code: expect.stringMatching(/^WS_(GIT_REQUEST|PUSH_TOO_LARGE)$/) as unknown })
      }
    }),
  )
})

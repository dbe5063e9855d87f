import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { IgnorePattern } from './ignore-pattern.ts'

const matches = (pattern: string, path: string): boolean => new IgnorePattern(pattern).matches(path, { stepsLeft: 1e6 })

describe('a pattern matches as Docker has it:', () => {
  test.each([
    ['a.txt', 'a.txt', true],
    ['a.txt', 'b/a.txt', false],
    ['*.txt', 'a.txt', true],
    ['*.txt', 'a/b.txt', false],
    ['*/*.txt', 'a/b.txt', true],
    ['a?c', 'abc', true],
    ['a?c', 'a/c', false],
    ['**/*.log', 'a.log', true],
    ['**/*.log', 'a/b/c.log', true],
    ['**/node_modules', 'a/node_modules', true],
    ['**/node_modules', 'a/my_node_modules', false],
    ['a/**', 'a/b/c', true],
    ['a/**', 'a', false],
    ['a/**/z', 'a/z', true],
    ['a/**/z', 'a/b/c/z', true],
    ['a/**/z', 'a/bz', false],
    ['**', 'anything/at/all', true],
    ['[a-c]x', 'bx', true],
    ['[a-c]x', 'dx', false],
    ['[^a-c]x', 'dx', true],
    ['[^a]b', '/b', false],
    ['\\*', '*', true],
    ['\\*', 'a', false],
    ['[\\]]', ']', true],
    ['(a|b)+', '(a|b)+', true],
    ['(a|b)+', 'a', false],
    ['a.c', 'abc', false],
    ['ü*', 'üx', true],
  ])('%s on %s: %s', (pattern, path, expected) => {
    expect(matches(pattern, path)).toBe(expected)
  })
})

test.each(['[', '[a', '[]', 'a\\', '[a-', `[${'a'.repeat(101)}]`])('%s cannot be read', (pattern) => {
  expect(() => new IgnorePattern(pattern)).toThrow(SyntaxError)
})

test('a pattern agrees with the regular expression that Docker makes of it', () => {
  const parts = ['a', 'b', '/', '*', '**', '**/', '?', '.']
  const pattern = fc.array(fc.constantFrom(...parts), { maxLength: 8 }).map((chosen) => chosen.join(''))
  const path = fc.array(fc.constantFrom('a', 'b', '/', '.'), { maxLength: 8 }).map((chosen) => chosen.join(''))
  fc.assert(
    fc.property(pattern, path, (written, seen) => {
      expect(matches(written, seen)).toBe(asRegExp(written).test(seen))
    }),
    { numRuns: 5000 },
  )
})

/** github.com/moby/patternmatcher, `Pattern.compile`. */
function asRegExp(pattern: string): RegExp {
  const text = pattern.replace(/\*\*\/?$|\*\*\/?|[*?.]/g, (found, at: number) => {
    if (found.startsWith('**')) return at + found.length === pattern.length ? '.*' : '(.*/)?'
    return found === '*' ? '[^/]*' : found === '?' ? '[^/]' : '\\.'
  })
  return new RegExp(`^${text}$`, 's')
}

test('a hostile pattern takes steps in proportion to its length and that of the path', () => {
  const written = `${'*a'.repeat(200)}${'**/'.repeat(200)}b`
  const path = 'a'.repeat(4000)
  const work = { stepsLeft: 1e9 }
  expect(new IgnorePattern(written).matches(path, work)).toBe(false)
  // A pattern that backtracks would not end within the age of the universe.
  expect(1e9 - work.stepsLeft).toBeLessThan(2 * written.length * path.length)
})

test('a match ends with its steps', () => {
  const work = { stepsLeft: 1000 }
  expect(new IgnorePattern('*a'.repeat(200)).matches('a'.repeat(4000), work)).toBe(false)
  expect(work.stepsLeft).toBeLessThanOrEqual(0)
  expect(work.stepsLeft).toBeGreaterThan(-1000)
})

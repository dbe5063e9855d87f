import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isBranchName } from '../resources/fields.ts'
import { objectName, slugOf } from './slug.ts'

const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/

test('a name that is a label already is its own slug', () => {
  expect(slugOf('main')).toBe('main')
  expect(slugOf('feature-x')).toBe('feature-x')
})

test('names that differ only in what a label cannot hold do not meet', () => {
  const names = ['feature/x', 'feature-x', 'Feature/X', 'feature_x', 'feature--x', 'fEATURE/x', '-feature-x']
  expect(new Set(names.map(slugOf)).size).toBe(names.length)
})

test('a branch that is called like the slug of another has a slug of its own', () => {
  expect(slugOf(slugOf('feature/x'))).not.toBe(slugOf('feature/x'))
})

const branch = fc.string({ minLength: 1, maxLength: 200, unit: 'grapheme' }).filter(isBranchName)

test('every branch name has a slug that is a DNS label of at most 40', () => {
  fc.assert(
    fc.property(branch, (name) => {
      const slug = slugOf(name)
      expect(slug).toMatch(label)
      expect(slug.length).toBeLessThanOrEqual(40)
    }),
  )
})

test('different branches never share a slug', () => {
  fc.assert(
    fc.property(branch, branch, (a, b) => {
      fc.pre(a !== b)
      expect(slugOf(a)).not.toBe(slugOf(b))
    }),
  )
})

test('object names of previews are labels, and never those of a webspace', () => {
  expect(objectName('blog', undefined)).toBe('blog')
  expect(objectName('blog', 'x')).toBe('blog--x')
  const long = objectName('w'.repeat(40), slugOf('b'.repeat(100)))
  expect(long).toMatch(label)
  expect(long.length).toBeLessThanOrEqual(63)
  expect(long).not.toBe(objectName('w'.repeat(40), slugOf('b'.repeat(101))))
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mergePatch } from './status.ts'

/** RFC 7386, section 2, as it stands there. */
function merge(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch
  const result: Record<string, unknown> = isObject(target) ? { ...target } : {}
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(result, name)
    else result[name] = merge(result[name], value)
  }
  return result
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const name = fc.constantFrom('a', 'b', 'c')
const leaf = fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.array(fc.integer(), { maxLength: 3 }))
const flat = fc.dictionary(name, leaf, { noNullPrototype: true })
const nested = fc.dictionary(name, fc.oneof(leaf, flat), { noNullPrototype: true })

test('a patch turns the one into the other, and there is none between equals', () => {
  fc.assert(
    fc.property(nested, nested, (from, to) => {
      expect(merge(from, mergePatch(from, to) ?? {})).toEqual(to)
      expect(mergePatch(to, structuredClone(to))).toBeUndefined()
    }),
  )
})

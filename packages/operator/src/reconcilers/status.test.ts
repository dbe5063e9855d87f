import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Webspace, type Cluster, type MergePatch } from '@webspaces/core'
import { patchBetween, StatusWriter } from './status.ts'

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
      expect(merge(from, patchBetween(from, to) ?? {})).toEqual(to)
      expect(patchBetween(to, structuredClone(to))).toBeUndefined()
    }),
  )
})

const BLOG = Webspace.parse({
  apiVersion: Webspace.apiVersion,
  kind: Webspace.kind,
  metadata: { name: 'blog', generation: 1, resourceVersion: '1' },
  spec: { customer: 'ada', runtime: 'node' },
})

/** A cluster that gives what was written the given version. */
function recorder(resourceVersion: string): {
  readonly cluster: Pick<Cluster, 'patchStatus'>
  readonly written: MergePatch[]
} {
  const written: MergePatch[] = []
  const patchStatus: Cluster['patchStatus'] = (_kind, _key, patch) => {
    written.push(patch)
    return Promise.resolve({ ...BLOG, metadata: { ...BLOG.metadata, resourceVersion } } as never)
  }
  return { cluster: { patchStatus }, written }
}

test('what was written to once is not written to again until the watch has brought it anew', async () => {
  const { cluster, written } = recorder('2')
  const writer = new StatusWriter(cluster, Webspace)
  await writer.write(BLOG, { url: 'http://one' }, {})
  await writer.write(BLOG, { url: 'http://two' }, {})
  expect(written).toEqual([{ observedGeneration: 1, url: 'http://one' }])

  await writer.write({ ...BLOG }, { url: 'http://two' }, {})
  expect(written).toHaveLength(2)
})

test('a write that changed nothing, of which the watch tells nothing, does not keep the next from being made', async () => {
  const { cluster, written } = recorder('1')
  const writer = new StatusWriter(cluster, Webspace)
  await writer.write(BLOG, { url: 'http://one' }, {})
  await writer.write(BLOG, { url: 'http://two' }, {})
  expect(written).toHaveLength(2)
})

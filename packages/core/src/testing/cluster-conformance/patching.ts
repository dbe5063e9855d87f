import assert from 'node:assert/strict'
import { Customer } from '../../resources/customer.ts'
import { RuntimeResource } from '../../resources/runtime.ts'
import { Webspace } from '../../resources/webspace.ts'
import { refusal, type Cases } from './room.ts'

export const patching: Cases = {
  'patch merges objects, replaces lists, and null removes': async (room) => {
    const options = { a: 1, b: { c: [1, 2], d: 'x' }, e: true }
    await room.cluster.create(RuntimeResource, room.runtime('r', { plugin: 'node', port: 3000, options }))
    const patched = await room.cluster.patch(
      RuntimeResource,
      { name: room.name('r') },
      { spec: { port: null, options: { a: null, b: { c: [3] }, f: 'new' } } },
    )
    assert.deepEqual(patched.spec, { plugin: 'node', options: { b: { c: [3], d: 'x' }, e: true, f: 'new' } })
    assert.deepEqual(await room.cluster.get(RuntimeResource, { name: room.name('r') }), patched)
  },

  'a removed field falls back to its default': async (room) => {
    await room.cluster.create(Webspace, room.webspace('w', { branch: 'trunk' }))
    const patched = await room.cluster.patch(Webspace, { name: room.name('w') }, { spec: { branch: null } })
    assert.equal(patched.spec.branch, 'main')
  },

  'patch of the spec counts the generation, of anything else not': async (room) => {
    const key = { name: room.name('a') }
    const first = await room.cluster.create(Customer, room.customer('a'))
    const labelled = await room.cluster.patch(Customer, key, {
      metadata: { labels: { x: 'y' }, finalizers: ['example.com/f'] },
    })
    assert.equal(labelled.metadata.generation, 1)
    assert.notEqual(labelled.metadata.resourceVersion, first.metadata.resourceVersion)
    assert.deepEqual(labelled.metadata.labels, { ...room.label, x: 'y' })
    const renamed = await room.cluster.patch(Customer, key, { spec: { name: 'another' } })
    assert.equal(renamed.metadata.generation, 2)
    assert.equal(renamed.metadata.uid, first.metadata.uid)
    assert.equal(renamed.metadata.creationTimestamp, first.metadata.creationTimestamp)
    await room.cluster.patch(Customer, key, { metadata: { finalizers: null } })
  },

  'patchStatus changes the status alone, and patch everything but the status': async (room) => {
    const key = { name: room.name('a') }
    const first = await room.cluster.create(Customer, room.customer('a'))
    const withStatus = await room.cluster.patchStatus(Customer, key, {
      namespace: 'customer-a',
      keyFingerprints: ['x'],
    })
    assert.deepEqual(withStatus.status, { namespace: 'customer-a', keyFingerprints: ['x'] })
    assert.equal(withStatus.metadata.generation, 1)
    assert.notEqual(withStatus.metadata.resourceVersion, first.metadata.resourceVersion)
    assert.deepEqual(withStatus.spec, first.spec)

    const patched = await room.cluster.patch(Customer, key, { spec: { name: 'b' }, status: { namespace: 'forged' } })
    assert.equal(patched.status?.namespace, 'customer-a')
    const next = await room.cluster.patchStatus(Customer, key, { keyFingerprints: null })
    assert.deepEqual(next.status, { namespace: 'customer-a' })
    assert.equal(next.spec.name, 'b')
  },

  'a write that changes nothing changes no version and wakes no watch': async (room) => {
    const key = { name: room.name('a') }
    await room.cluster.create(Customer, room.customer('a'))
    const before = await room.cluster.patchStatus(Customer, key, { namespace: 'n' })
    const watch = room.watch(Customer)
    await watch.until('the object', () => watch.synced)
    const shown = watch.events.length
    assert.deepEqual(await room.cluster.patch(Customer, key, { spec: { name: 'a' } }), before)
    assert.deepEqual(await room.cluster.patch(Customer, key, { metadata: { labels: { absent: null } } }), before)
    assert.deepEqual(await room.cluster.patchStatus(Customer, key, { namespace: 'n' }), before)
    assert.deepEqual(await room.cluster.get(Customer, key), before)
    await room.cluster.create(Customer, room.customer('marker'))
    await watch.until('the marker', ({ known }) => known.has(room.name('marker')))
    assert.equal(watch.events.length, shown + 1)
  },

  'a patch with a resource version is refused when the object has changed since': async (room) => {
    const key = { name: room.name('a') }
    const { resourceVersion } = (await room.cluster.create(Customer, room.customer('a'))).metadata
    const second = await room.cluster.patch(Customer, key, { metadata: { resourceVersion }, spec: { name: 'first' } })
    await refusal(
      room.cluster.patch(Customer, key, { metadata: { resourceVersion }, spec: { name: 'second' } }),
      'WS_CONFLICT',
    )
    assert.deepEqual(await room.cluster.get(Customer, key), second)
  },

  'a patch into what the schema refuses is WS_INVALID and changes nothing': async (room) => {
    const key = { name: room.name('a') }
    const before = await room.cluster.create(Customer, room.customer('a'))
    const error = await refusal(room.cluster.patch(Customer, key, { spec: { email: 'nobody' } }), 'WS_INVALID')
    assert.match(error.message, /spec\.email/)
    await refusal(room.cluster.patch(Customer, key, { spec: { email: null } }), 'WS_INVALID')
    await refusal(room.cluster.patch(Customer, key, { metadata: { name: room.name('b') } }), 'WS_INVALID')
    assert.deepEqual(await room.cluster.get(Customer, key), before)
  },

  'patches of what is not there are WS_NOT_FOUND': async (room) => {
    await refusal(room.cluster.patch(Customer, { name: room.name('a') }, { spec: { name: 'x' } }), 'WS_NOT_FOUND')
    await refusal(room.cluster.patchStatus(Customer, { name: room.name('a') }, { namespace: 'x' }), 'WS_NOT_FOUND')
  },

  'no key of a patch reaches a prototype': async (room) => {
    await room.cluster.create(RuntimeResource, room.runtime('r', { plugin: 'node' }))
    const patch = JSON.parse(
      '{"spec":{"options":{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}}}',
    ) as Record<string, unknown>
    await room.cluster.patch(RuntimeResource, { name: room.name('r') }, patch).catch(() => undefined)
    assert.equal(({} as { polluted?: boolean }).polluted, undefined)
  },
}

import assert from 'node:assert/strict'
import { Customer } from '../../resources/customer.ts'
import { RuntimeResource } from '../../resources/runtime.ts'
import { Webspace } from '../../resources/webspace.ts'
import { Service } from '../../workload/objects.ts'
import { refusal, type Cases } from './room.ts'

export const applying: Cases = {
  'apply creates what is not there': async (room) => {
    const applied = await room.cluster.apply(Webspace, room.webspace('w', { replicas: 2 }))
    assert.equal(applied.metadata.generation, 1)
    assert.ok(applied.metadata.uid)
    assert.equal(applied.spec.replicas, 2)
    assert.equal(applied.spec.branch, 'main')
    assert.deepEqual(await room.cluster.get(Webspace, { name: room.name('w') }), applied)
  },

  'apply of the same again changes no version and wakes no watch': async (room) => {
    const object = room.webspace('w', { replicas: 2, aliases: ['a.example.com'] })
    const first = await room.cluster.apply(Webspace, object)
    const watch = room.watch(Webspace)
    await watch.until('the object', () => watch.synced)
    const shown = watch.events.length
    assert.deepEqual(await room.cluster.apply(Webspace, structuredClone(object)), first)
    await room.cluster.apply(Webspace, room.webspace('marker'))
    await watch.until('the marker', ({ known }) => known.has(room.name('marker')))
    assert.equal(watch.events.length, shown + 1)
  },

  'apply takes away what an earlier apply gave and this one does not': async (room) => {
    const options = { keep: 1, drop: 2, nested: { drop: true }, both: { keep: 1, drop: 2 } }
    const labels = { ...room.label, drop: 'x', keep: 'y' }
    const before = { ...room.runtime('r', { plugin: 'node', port: 3000, options }) }
    await room.cluster.apply(RuntimeResource, { ...before, metadata: { ...before.metadata, labels } })
    const after = room.runtime('r', { plugin: 'node', options: { keep: 1, both: { keep: 1 } } })
    const applied = await room.cluster.apply(RuntimeResource, {
      ...after,
      metadata: { ...after.metadata, labels: { ...room.label, keep: 'y' } },
    })
    assert.deepEqual(applied.spec, { plugin: 'node', options: { keep: 1, both: { keep: 1 } } })
    assert.deepEqual(applied.metadata.labels, { ...room.label, keep: 'y' })
    assert.equal(applied.metadata.generation, 2)
  },

  'a field that is no longer given falls back to its default': async (room) => {
    await room.cluster.apply(Webspace, room.webspace('w', { replicas: 3, aliases: ['a.example.com'] }))
    const applied = await room.cluster.apply(Webspace, room.webspace('w'))
    assert.equal(applied.spec.replicas, 1)
    assert.deepEqual(applied.spec.aliases, [])
  },

  "apply leaves others' fields: status, finalizers, labels, annotations, parts of the spec": async (room) => {
    const key = { name: room.name('r') }
    await room.cluster.apply(RuntimeResource, room.runtime('r', { plugin: 'node', options: { ours: 1 } }))
    await room.cluster.patchStatus(RuntimeResource, key, { observedGeneration: 1 })
    await room.cluster.patch(RuntimeResource, key, {
      metadata: {
        labels: { theirs: 'x' },
        annotations: { 'example.com/theirs': 'y' },
        finalizers: ['example.com/theirs'],
      },
      spec: { port: 8080, options: { theirs: 2 } },
    })
    const applied = await room.cluster.apply(
      RuntimeResource,
      room.runtime('r', { plugin: 'node', options: { ours: 3 } }),
    )
    assert.deepEqual(applied.spec, { plugin: 'node', port: 8080, options: { ours: 3, theirs: 2 } })
    assert.deepEqual(applied.metadata.labels, { ...room.label, theirs: 'x' })
    assert.equal(applied.metadata.annotations?.['example.com/theirs'], 'y')
    assert.deepEqual(applied.metadata.finalizers, ['example.com/theirs'])
    assert.equal(applied.status?.observedGeneration, 1)
    await room.cluster.patch(RuntimeResource, key, { metadata: { finalizers: null } })
  },

  'apply makes a field so again that somebody else has changed': async (room) => {
    const key = { name: room.name('w') }
    await room.cluster.apply(Webspace, room.webspace('w', { replicas: 2 }))
    await room.cluster.patch(Webspace, key, { spec: { replicas: 5 } })
    assert.equal((await room.cluster.apply(Webspace, room.webspace('w', { replicas: 2 }))).spec.replicas, 2)
  },

  'a field that somebody else has changed stays when apply stops giving it': async (room) => {
    const key = { name: room.name('w') }
    await room.cluster.apply(Webspace, room.webspace('w', { replicas: 2 }))
    await room.cluster.patch(Webspace, key, { spec: { replicas: 5 } })
    assert.equal((await room.cluster.apply(Webspace, room.webspace('w'))).spec.replicas, 5)
  },

  'finalizers and owner references are sets that several writers share': async (room) => {
    const owner = await room.cluster.create(Customer, room.customer('owner'))
    const other = await room.cluster.create(Customer, room.customer('other'))
    const reference = ({ apiVersion, kind, metadata }: Customer) => ({
      apiVersion,
      kind,
      name: metadata.name,
      uid: metadata.uid ?? '',
    })
    const key = { name: room.name('w') }
    const mine = { ownerReferences: [reference(owner)], finalizers: ['example.com/mine'] }
    await room.cluster.apply(Webspace, room.webspace('w', {}, mine))
    await room.cluster.patch(Webspace, key, {
      metadata: {
        ownerReferences: [reference(owner), reference(other)],
        finalizers: ['example.com/mine', 'example.com/theirs'],
      },
    })
    const both = (await room.cluster.apply(Webspace, room.webspace('w', {}, mine))).metadata
    assert.deepEqual(
      both.ownerReferences?.map(({ uid }) => uid).sort(),
      [owner.metadata.uid, other.metadata.uid].sort(),
    )
    assert.deepEqual(both.finalizers?.toSorted(), ['example.com/mine', 'example.com/theirs'])
    const without = (await room.cluster.apply(Webspace, room.webspace('w'))).metadata
    assert.deepEqual(
      without.ownerReferences?.map(({ uid }) => uid),
      [other.metadata.uid],
    )
    assert.deepEqual(without.finalizers, ['example.com/theirs'])
    await room.cluster.patch(Webspace, key, { metadata: { finalizers: null } })
  },

  'apply does not take a status': async (room) => {
    const applied = await room.cluster.apply(Customer, { ...room.customer('a'), status: { namespace: 'forged' } })
    assert.equal(applied.status?.namespace, undefined)
    await room.cluster.patchStatus(Customer, { name: room.name('a') }, { namespace: 'real' })
    const again = await room.cluster.apply(Customer, { ...room.customer('a'), status: { namespace: 'forged' } })
    assert.equal(again.status?.namespace, 'real')
  },

  'apply with a resource version is refused when the object has changed since': async (room) => {
    const first = await room.cluster.apply(Webspace, room.webspace('w'))
    const conditional = (replicas: number) =>
      room.webspace('w', { replicas }, { resourceVersion: first.metadata.resourceVersion ?? '' })
    const second = await room.cluster.apply(Webspace, conditional(2))
    assert.equal(second.spec.replicas, 2)
    await refusal(room.cluster.apply(Webspace, conditional(3)), 'WS_CONFLICT')
    assert.deepEqual(await room.cluster.get(Webspace, { name: room.name('w') }), second)
  },

  'apply after create takes over the object': async (room) => {
    const created = await room.cluster.create(Webspace, room.webspace('w', { replicas: 2 }))
    const applied = await room.cluster.apply(Webspace, room.webspace('w', { replicas: 4 }))
    assert.equal(applied.metadata.uid, created.metadata.uid)
    assert.equal(applied.spec.replicas, 4)
    assert.equal(applied.metadata.generation, 2)
  },

  "apply works on Kubernetes' own kinds": async (room) => {
    const namespace = await room.namespace('n')
    await room.cluster.apply(Service, room.service(namespace, 'web'))
    const ports = [{ name: 'http', port: 81, targetPort: 'http', protocol: 'TCP' }]
    const applied = await room.cluster.apply(Service, {
      ...room.service(namespace, 'web'),
      spec: { selector: { app: 'other' }, ports },
    })
    assert.deepEqual(applied.spec.selector, { app: 'other' })
    assert.deepEqual(
      applied.spec.ports.map(({ port }) => port),
      [81],
    )
  },
}

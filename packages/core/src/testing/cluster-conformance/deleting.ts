import assert from 'node:assert/strict'
import { Customer } from '../../resources/customer.ts'
import { ownerReference, type KubernetesObject } from '../../resources/object.ts'
import { Webspace } from '../../resources/webspace.ts'
import { Service } from '../../workload/objects.ts'
import { eventually, refusal, type Cases, type Room } from './room.ts'

export const deleting: Cases = {
  'delete takes an object away': async (room) => {
    await room.cluster.create(Customer, room.customer('a'))
    await room.cluster.delete(Customer, { name: room.name('a') })
    await refusal(room.cluster.get(Customer, { name: room.name('a') }), 'WS_NOT_FOUND')
    assert.deepEqual(await room.cluster.list(Customer, { labels: room.label }), [])
    await refusal(room.cluster.delete(Customer, { name: room.name('a') }), 'WS_NOT_FOUND')
  },

  'delete with a uid leaves another object of that name': async (room) => {
    const first = await room.cluster.create(Customer, room.customer('a'))
    await room.cluster.delete(Customer, { name: room.name('a') }, { uid: first.metadata.uid ?? '' })
    const second = await room.cluster.create(Customer, room.customer('a'))
    await refusal(
      room.cluster.delete(Customer, { name: room.name('a') }, { uid: first.metadata.uid ?? '' }),
      'WS_CONFLICT',
    )
    assert.deepEqual(await room.cluster.get(Customer, { name: room.name('a') }), second)
  },

  'an object with finalizers is marked, and goes with the last of them': async (room) => {
    const key = { name: room.name('w') }
    await room.cluster.create(Webspace, room.webspace('w', {}, { finalizers: ['example.com/one', 'example.com/two'] }))
    await room.cluster.delete(Webspace, key)
    const marked = await room.cluster.get(Webspace, key)
    assert.ok(!Number.isNaN(Date.parse(marked.metadata.deletionTimestamp ?? '')))

    await room.cluster.delete(Webspace, key)
    assert.deepEqual(await room.cluster.get(Webspace, key), marked)
    await room.cluster.patchStatus(Webspace, key, { observedGeneration: 1 })
    await room.cluster.patch(Webspace, key, { metadata: { finalizers: ['example.com/two'] } })
    const held = await room.cluster.get(Webspace, key)
    assert.equal(held.metadata.deletionTimestamp, marked.metadata.deletionTimestamp)
    await room.cluster.patch(Webspace, key, { metadata: { finalizers: [] } })
    await refusal(room.cluster.get(Webspace, key), 'WS_NOT_FOUND')
  },

  'a finalizer cannot be added to what is being deleted': async (room) => {
    const key = { name: room.name('w') }
    await room.cluster.create(Webspace, room.webspace('w', {}, { finalizers: ['example.com/one'] }))
    await room.cluster.delete(Webspace, key)
    await refusal(
      room.cluster.patch(Webspace, key, { metadata: { finalizers: ['example.com/one', 'example.com/late'] } }),
      'WS_INVALID',
    )
    await room.cluster.patch(Webspace, key, { metadata: { finalizers: null } })
    await refusal(room.cluster.get(Webspace, key), 'WS_NOT_FOUND')
  },

  'removing the last finalizer of an object that is not being deleted keeps it': async (room) => {
    const key = { name: room.name('w') }
    await room.cluster.create(Webspace, room.webspace('w', {}, { finalizers: ['example.com/one'] }))
    await room.cluster.patch(Webspace, key, { metadata: { finalizers: null } })
    assert.equal((await room.cluster.get(Webspace, key)).metadata.deletionTimestamp, undefined)
  },

  'what an object owns goes after it, and what that owns as well': async (room) => {
    const namespace = await room.namespace('n')
    const customer = await room.cluster.create(Customer, room.customer('owner'))
    const webspace = await room.cluster.create(Webspace, room.webspace('w', {}, ownedBy(customer)))
    await room.cluster.create(Service, room.service(namespace, 'web', ownedBy(webspace)))
    await room.cluster.create(Service, room.service(namespace, 'free'))
    await room.cluster.delete(Customer, { name: room.name('owner') })
    await eventually(async () => {
      assert.deepEqual(await room.cluster.list(Webspace, { labels: room.label }), [])
      assert.deepEqual(await serviceNames(room, namespace), ['free'])
    })
  },

  'an object with two owners goes after the second': async (room) => {
    const [one, two] = [
      await room.cluster.create(Customer, room.customer('one')),
      await room.cluster.create(Customer, room.customer('two')),
    ]
    const onlyOne = await room.cluster.create(Webspace, room.webspace('only', {}, ownedBy(one)))
    await room.cluster.create(Webspace, room.webspace('both', {}, ownedBy(one, two)))
    await room.cluster.delete(Customer, { name: room.name('one') })
    await eventually(() => refusal(room.cluster.get(Webspace, { name: onlyOne.metadata.name }), 'WS_NOT_FOUND').then())
    assert.ok(await room.cluster.get(Webspace, { name: room.name('both') }))
    await room.cluster.delete(Customer, { name: room.name('two') })
    await eventually(() => refusal(room.cluster.get(Webspace, { name: room.name('both') }), 'WS_NOT_FOUND').then())
  },

  'an owner that was made anew does not keep what the former owned': async (room) => {
    const namespace = await room.namespace('n')
    const former = await room.cluster.create(Customer, room.customer('owner'))
    await room.cluster.create(Service, room.service(namespace, 'old', ownedBy(former)))
    await room.cluster.delete(Customer, { name: room.name('owner') })
    const next = await room.cluster.create(Customer, room.customer('owner'))
    await room.cluster.create(Service, room.service(namespace, 'new', ownedBy(next)))
    await eventually(async () => assert.deepEqual(await serviceNames(room, namespace), ['new']))
  },

  'what is owned stays while a finalizer holds its owner': async (room) => {
    const namespace = await room.namespace('n')
    const owner = await room.cluster.create(Webspace, room.webspace('w', {}, { finalizers: ['example.com/hold'] }))
    const witness = await room.cluster.create(Customer, room.customer('witness'))
    await room.cluster.create(Service, room.service(namespace, 'held', ownedBy(owner)))
    await room.cluster.create(Service, room.service(namespace, 'gone', ownedBy(witness)))
    await room.cluster.delete(Webspace, { name: room.name('w') })
    await room.cluster.delete(Customer, { name: room.name('witness') })
    await eventually(async () => assert.deepEqual(await serviceNames(room, namespace), ['held']))
    await room.cluster.patch(Webspace, { name: room.name('w') }, { metadata: { finalizers: null } })
    await eventually(async () => assert.deepEqual(await serviceNames(room, namespace), []))
  },
}

function ownedBy(...owners: KubernetesObject[]) {
  const [first, ...others] = owners.map((owner) => ownerReference(owner))
  // At most one owner is the controller.
  return { ownerReferences: [...(first ? [first] : []), ...others.map((owner) => ({ ...owner, controller: false }))] }
}

async function serviceNames(room: Room, namespace: string): Promise<string[]> {
  return (await room.cluster.list(Service, { namespace, labels: room.label })).map(({ metadata }) => metadata.name)
}

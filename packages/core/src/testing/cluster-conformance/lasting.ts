import assert from 'node:assert/strict'
import { Customer } from '../../resources/customer.ts'
import { ownerReference } from '../../resources/object.ts'
import { Webspace } from '../../resources/webspace.ts'
import { Service } from '../../workload/objects.ts'
import { eventually, refusal, type Cases } from './room.ts'

/** What must outlive the Cluster object. */
export const lasting: Cases = {
  'everything is there again after the Cluster was opened anew': async (room) => {
    const namespace = await room.namespace('n')
    await room.cluster.create(Customer, room.customer('a'))
    await room.cluster.patchStatus(Customer, { name: room.name('a') }, { namespace })
    await room.cluster.apply(Webspace, room.webspace('w', { replicas: 2 }, { finalizers: ['example.com/hold'] }))
    await room.cluster.create(Customer, room.customer('gone'))
    await room.cluster.delete(Customer, { name: room.name('gone') })
    await room.cluster.delete(Webspace, { name: room.name('w') })
    await room.cluster.create(Service, room.service(namespace, 'web'))
    const state = async () => [
      await room.cluster.list(Customer, { labels: room.label }),
      await room.cluster.list(Webspace, { labels: room.label }),
      await room.cluster.list(Service, { labels: room.label }),
    ]
    const before = await state()
    await room.reopen()
    assert.deepEqual(await state(), before)
    assert.deepEqual(
      before.map((objects) => objects.length),
      [1, 1, 1],
    )
    await room.cluster.patch(Webspace, { name: room.name('w') }, { metadata: { finalizers: null } })
    await refusal(room.cluster.get(Webspace, { name: room.name('w') }), 'WS_NOT_FOUND')
  },

  'apply knows after it was opened anew what it had given': async (room) => {
    const first = await room.cluster.apply(Webspace, room.webspace('w', { replicas: 2 }))
    await room.reopen()
    assert.deepEqual(await room.cluster.apply(Webspace, room.webspace('w', { replicas: 2 })), first)
    assert.equal((await room.cluster.apply(Webspace, room.webspace('w'))).spec.replicas, 1)
  },

  'what was owned goes also if the Cluster was closed right after its owner went': async (room) => {
    const namespace = await room.namespace('n')
    const owner = await room.cluster.create(Customer, room.customer('owner'))
    await room.cluster.create(Service, room.service(namespace, 'web', { ownerReferences: [ownerReference(owner)] }))
    await room.cluster.delete(Customer, { name: room.name('owner') })
    await room.reopen()
    await eventually(async () => assert.deepEqual(await room.cluster.list(Service, { labels: room.label }), []))
  },
}

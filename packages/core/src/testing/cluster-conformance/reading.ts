import assert from 'node:assert/strict'
import { Customer } from '../../resources/customer.ts'
import { Service } from '../../workload/objects.ts'
import { refusal, type Cases } from './room.ts'

export const reading: Cases = {
  'get returns what create returned': async (room) => {
    const created = await room.cluster.create(Customer, room.customer('a'))
    assert.deepEqual(await room.cluster.get(Customer, { name: room.name('a') }), created)
  },

  'get of what is not there is WS_NOT_FOUND and names kind and object': async (room) => {
    const error = await refusal(room.cluster.get(Customer, { name: room.name('nobody') }), 'WS_NOT_FOUND')
    assert.match(error.message, /Customer/)
    assert.ok(error.message.includes(room.name('nobody')))
  },

  'a name that no object can have is WS_NOT_FOUND, and nothing else is looked at': async (room) => {
    for (const name of [
      '../other',
      '..',
      '/etc/passwd',
      'a/b',
      'A',
      '',
      'x\0y',
      '--help',
      'a'.repeat(300),
      '__proto__',
    ]) {
      await refusal(room.cluster.get(Customer, { name }), 'WS_NOT_FOUND')
      await refusal(room.cluster.patch(Customer, { name }, { spec: { suspended: true } }), 'WS_NOT_FOUND')
      await refusal(room.cluster.delete(Customer, { name }), 'WS_NOT_FOUND')
    }
    await refusal(room.cluster.get(Service, { name: 'x', namespace: '../y' }), 'WS_NOT_FOUND')
  },

  'list is sorted by name': async (room) => {
    for (const suffix of ['b', 'a1', 'c', 'a']) await room.cluster.create(Customer, room.customer(suffix))
    const names = (await room.cluster.list(Customer, { labels: room.label })).map(({ metadata }) => metadata.name)
    assert.deepEqual(
      names,
      ['a', 'a1', 'b', 'c'].map((suffix) => room.name(suffix)),
    )
  },

  'list takes objects that carry all labels asked for': async (room) => {
    await room.cluster.create(
      Customer,
      room.customer('both', {}, { labels: { ...room.label, tier: 'gold', at: 'eu' } }),
    )
    await room.cluster.create(Customer, room.customer('one', {}, { labels: { ...room.label, tier: 'gold' } }))
    await room.cluster.create(
      Customer,
      room.customer('other', {}, { labels: { ...room.label, tier: 'tin', at: 'eu' } }),
    )
    const found = await room.cluster.list(Customer, { labels: { ...room.label, tier: 'gold', at: 'eu' } })
    assert.deepEqual(
      found.map(({ metadata }) => metadata.name),
      [room.name('both')],
    )
    assert.deepEqual(await room.cluster.list(Customer, { labels: { ...room.label, toString: 'x' } }), [])
  },

  'one name in two namespaces is two objects': async (room) => {
    const [first, second] = [await room.namespace('n1'), await room.namespace('n2')]
    const inFirst = await room.cluster.create(Service, room.service(first, 'web'))
    const inSecond = await room.cluster.create(Service, room.service(second, 'web'))
    assert.notEqual(inFirst.metadata.uid, inSecond.metadata.uid)
    const list = (namespace?: string) =>
      room.cluster.list(Service, namespace === undefined ? { labels: room.label } : { namespace, labels: room.label })
    assert.deepEqual(
      (await list()).map(({ metadata }) => metadata.namespace),
      [first, second],
    )
    assert.deepEqual(
      (await list(second)).map(({ metadata }) => metadata.uid),
      [inSecond.metadata.uid],
    )
    await room.cluster.delete(Service, { name: 'web', namespace: first })
    assert.deepEqual(
      (await list()).map(({ metadata }) => metadata.namespace),
      [second],
    )
  },

  'returned objects do not change when the object does': async (room) => {
    const created = await room.cluster.create(Customer, room.customer('a'))
    const [read] = await room.cluster.list(Customer, { labels: room.label })
    const copies = structuredClone([created, read])
    await room.cluster.patch(
      Customer,
      { name: room.name('a') },
      { spec: { name: 'another' }, metadata: { labels: { x: 'y' } } },
    )
    await room.cluster.patchStatus(Customer, { name: room.name('a') }, { namespace: 'n' })
    assert.deepEqual([created, read], copies)
  },

  'what a caller does to an object after the call is not stored': async (room) => {
    const keys = ['ssh-ed25519 AAAA']
    const creation = room.cluster.create(Customer, room.customer('a', { sshKeys: keys }))
    keys.push('ssh-ed25519 BBBB')
    assert.deepEqual((await creation).spec.sshKeys, ['ssh-ed25519 AAAA'])
    keys.push('ssh-ed25519 CCCC')
    const read = await room.cluster.get(Customer, { name: room.name('a') })
    assert.deepEqual(read.spec.sshKeys, ['ssh-ed25519 AAAA'])
  },
}

import assert from 'node:assert/strict'
import { Customer } from '../../resources/customer.ts'
import type { KubernetesObject, ObjectMeta } from '../../resources/object.ts'
import { RuntimeResource } from '../../resources/runtime.ts'
import { Webspace } from '../../resources/webspace.ts'
import { Service } from '../../workload/objects.ts'
import { refusal, type Cases } from './room.ts'

export const creating: Cases = {
  'create gives uid, resource version, generation and time': async (room) => {
    const { metadata } = await room.cluster.create(Customer, room.customer('a'))
    assert.ok(metadata.uid)
    assert.ok(metadata.resourceVersion)
    assert.equal(metadata.generation, 1)
    assert.ok(!Number.isNaN(Date.parse(metadata.creationTimestamp ?? '')))
    assert.equal(metadata.deletionTimestamp, undefined)
  },

  'create keeps labels, annotations and spec': async (room) => {
    const wanted = room.customer(
      'a',
      { sshKeys: ['ssh-ed25519 AAAA me'] },
      { annotations: { 'example.com/note': 'ä "q"\n# x' } },
    )
    const created = await room.cluster.create(Customer, wanted)
    assert.deepEqual(created.metadata.labels, room.label)
    assert.equal(created.metadata.annotations?.['example.com/note'], 'ä "q"\n# x')
    assert.deepEqual(created.spec, { ...wanted.spec, suspended: false })
  },

  'create fills in the defaults of our resources': async (room) => {
    const { spec } = await room.cluster.create(Webspace, room.webspace('a'))
    assert.equal(spec.branch, 'main')
    assert.equal(spec.replicas, 1)
    assert.deepEqual(spec.previews, { enabled: true, max: 10 })
  },

  'create does not take what only the Cluster writes': async (room) => {
    const forged = { uid: 'mine', generation: 7, deletionTimestamp: '2020-01-01T00:00:00Z' }
    const object = { ...room.customer('a', {}, forged), status: { namespace: 'forged' } }
    const created = await room.cluster.create(Customer, object)
    assert.notEqual(created.metadata.uid, 'mine')
    assert.equal(created.metadata.generation, 1)
    assert.equal(created.metadata.deletionTimestamp, undefined)
    assert.equal(created.status?.namespace, undefined)
  },

  'create of what is there is WS_ALREADY_EXISTS and changes nothing': async (room) => {
    const first = await room.cluster.create(Customer, room.customer('a'))
    await refusal(room.cluster.create(Customer, room.customer('a', { name: 'another' })), 'WS_ALREADY_EXISTS')
    assert.deepEqual(await room.cluster.get(Customer, { name: room.name('a') }), first)
  },

  'an object of the same name gets another uid the second time': async (room) => {
    const first = await room.cluster.create(Customer, room.customer('a'))
    await room.cluster.delete(Customer, { name: room.name('a') })
    const second = await room.cluster.create(Customer, room.customer('a'))
    assert.notEqual(second.metadata.uid, first.metadata.uid)
    assert.notEqual(second.metadata.resourceVersion, first.metadata.resourceVersion)
  },

  'WS_INVALID names every field at fault, and nothing is stored': async (room) => {
    const wrong = room.webspace('a', {
      replicas: -1,
      env: [
        { name: 'OK', value: '1' },
        { name: '1X', value: '' },
      ],
    })
    const error = await refusal(room.cluster.create(Webspace, wrong), 'WS_INVALID')
    assert.match(error.message, /spec\.replicas/)
    assert.match(error.message, /spec\.env\[1\]\.name/)
    await refusal(room.cluster.apply(Webspace, wrong), 'WS_INVALID')
    await refusal(room.cluster.get(Webspace, { name: room.name('a') }), 'WS_NOT_FOUND')
  },

  'an unknown field of a spec is WS_INVALID': async (room) => {
    const wrong = room.customer('a', { sshKey: 'ssh-ed25519 AAAA' } as unknown as Customer['spec'])
    await refusal(room.cluster.create(Customer, wrong), 'WS_INVALID')
  },

  'an object of another kind or of no possible name is WS_INVALID': async (room) => {
    const good = room.customer('a')
    const wrong: unknown[] = [
      { ...good, kind: 'Runtime' },
      { ...good, apiVersion: 'v2' },
      { ...good, metadata: {} },
      { ...good, metadata: { ...good.metadata, namespace: 'n' } },
      { ...good, metadata: { ...good.metadata, labels: { a: 1 } } },
      ...['../x', '..', 'a/b', 'UPPER', '', '-x', 'x\n'].map((name) => ({ ...good, metadata: { name } })),
    ]
    for (const object of wrong) await refusal(room.cluster.create(Customer, object as Customer), 'WS_INVALID')
    const service: KubernetesObject = { ...room.service('n', 'web'), metadata: { name: 'web' } satisfies ObjectMeta }
    await refusal(room.cluster.create(Service, service as Service), 'WS_INVALID')
  },

  'text comes back as it was given': async (room) => {
    // prettier-ignore
    const texts = ['', ' ', 'yes', 'null', '1e3', '0x10', '2001-01-01', '- a', '# b', 'a: b', '&a *a', '%', '@', '`', '|', "'", '"',
      'tab\there', 'line\nline\n', '\n\n', 'no newline\nat the end', '  leading', 'trailing  \n', 'crlf\r\n', 'ü 🎉 \u2028', '\u0007', '<<']
    const options = { list: texts, nested: Object.fromEntries(texts.map((text, index) => [`k${index}`, text])) }
    const runtime = { ...room.runtime('a', { plugin: 'node' }), spec: { plugin: 'node', options } } as RuntimeResource
    await room.cluster.create(RuntimeResource, runtime)
    const read = await room.cluster.get(RuntimeResource, { name: room.name('a') })
    assert.deepEqual(read.spec.options, options)
  },
}

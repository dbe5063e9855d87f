import { generateKeyPairSync } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Customer, Label, MANAGER, Namespace, RuntimeResource } from '@webspaces/core'
import { World } from './world.test.kit.ts'

let world: World
beforeEach(async () => {
  world = await World.start()
})
afterEach(() => world.stop())

/** An authorized_keys line of a new ed25519 key. */
function newKey(): string {
  const { publicKey } = generateKeyPairSync('ed25519')
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)
  const part = (bytes: Buffer): Buffer[] => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    return [length, bytes]
  }
  const blob = Buffer.concat([...part(Buffer.from('ssh-ed25519')), ...part(raw)])
  return `ssh-ed25519 ${blob.toString('base64')} ada@laptop`
}

test('a Customer gets a namespace that goes with it', async () => {
  await world.customer('ada')
  expect((await world.cluster.get(Customer, { name: 'ada' })).status?.namespace).toBe('customer-ada')
  expect(await world.cluster.list(Namespace)).toHaveLength(1)
  await world.cluster.delete(Namespace, { name: 'customer-ada' })
  await world.settle()
  expect(await world.cluster.list(Namespace)).toHaveLength(1)
  await world.cluster.delete(Customer, { name: 'ada' })
  await world.settle()
  expect(await world.cluster.list(Namespace)).toEqual([])
})

test('a namespace of that name that is somebody else’s is left alone until it is handed over', async () => {
  const theirs: Namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'customer-ada' } }
  const { metadata } = await world.cluster.create(Namespace, theirs)
  await world.customer('ada')
  expect(await world.ready(Customer, 'ada')).toBe('False InvalidSpec')
  const { status } = await world.cluster.get(Customer, { name: 'ada' })
  expect(status?.conditions?.[0]?.message).toContain(
    `kubectl label namespace customer-ada ${Label.managedBy}=${MANAGER}`,
  )
  expect((await world.cluster.get(Namespace, metadata)).metadata).toEqual(metadata)

  const labels = { [Label.managedBy]: MANAGER, [Label.customer]: 'ada' }
  await world.cluster.patch(Namespace, metadata, { metadata: { labels } })
  await world.settle()
  expect(await world.ready(Customer, 'ada')).toMatch(/^True/)
})

test('keys that can be used are listed, and the others named by their place and never by their content', async () => {
  const good = newKey()
  const secret = '-----BEGIN OPENSSH PRIVATE KEY----- b3BlbnNzaC1rZXk'
  await world.customer('ada', { sshKeys: [good, secret, 'ssh-dss AAAA', good] })
  const { status } = await world.cluster.get(Customer, { name: 'ada' })
  expect(status?.keyFingerprints).toHaveLength(1)
  expect(await world.ready(Customer, 'ada')).toBe('False InvalidKey')
  const message = status?.conditions?.find(({ type }) => type === 'Stalled')?.message
  expect(message).toMatch(
    /sshKeys\[1\]: is a private key.*sshKeys\[2\]: .*sshKeys\[3\]: is the same key as spec.sshKeys\[0\]/,
  )
  expect(JSON.stringify(status)).not.toContain('b3BlbnNzaC1rZXk')
  await world.change(Customer, 'ada', { sshKeys: [good, newKey()] })
  expect(await world.ready(Customer, 'ada')).toBe('True Succeeded')
})

test('a key that two Customers list is fine for both', async () => {
  const key = newKey()
  await world.customer('ada', { sshKeys: [key] })
  await world.customer('ben', { sshKeys: [key] })
  expect(await world.ready(Customer, 'ben')).toBe('True Succeeded')
})

test('a Runtime says whether its plugin is installed and its template is accepted', async () => {
  await world.apply(RuntimeResource, 'node', { plugin: 'node' })
  await world.apply(RuntimeResource, 'rails', { plugin: 'rails' })
  await world.apply(RuntimeResource, 'bad', { plugin: 'node', dockerfile: 'FROM x\n<% process.exit() %>' })
  await world.apply(RuntimeResource, 'own', {})
  expect(await world.ready(RuntimeResource, 'node')).toBe('True Succeeded')
  expect(await world.ready(RuntimeResource, 'rails')).toBe('False RuntimePluginMissing')
  expect(await world.ready(RuntimeResource, 'bad')).toBe('False TemplateRefused')
  expect(await world.ready(RuntimeResource, 'own')).toBe('True Succeeded')
  const { status } = await world.cluster.get(RuntimeResource, { name: 'bad' })
  expect(status?.conditions?.[0]?.message).toContain('line 2')
})

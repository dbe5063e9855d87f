import { createHash, randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { ResourceCaches } from '../cache/resource-caches.ts'
import type { Logger } from '../contracts/system.ts'
import { Customer } from '../resources/customer.ts'
import { Webspace } from '../resources/webspace.ts'
import { memoryCluster } from '../testing/memory-cluster.ts'
import { Access } from './access.ts'

const none = (): void => undefined
const logger: Logger = { debug: none, info: none, warn: none, error: none, child: () => logger }

/** A key line and its fingerprint. */
function newKey(): { line: string; fingerprint: string } {
  const field = (bytes: Buffer): Buffer => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    return Buffer.concat([length, bytes])
  }
  const blob = Buffer.concat([field(Buffer.from('ssh-ed25519')), field(randomBytes(32))])
  const fingerprint = `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`
  return { line: `ssh-ed25519 ${blob.toString('base64')} someone`, fingerprint }
}

function customer(name: string, sshKeys: string[], spec = {}): Customer {
  return Customer.parse({
    apiVersion: 'webspaces.dev/v1alpha1',
    kind: 'Customer',
    metadata: { name },
    spec: { name, email: `${name}@example.com`, sshKeys, ...spec },
  })
}

function webspace(name: string, owner: string, spec = {}): Webspace {
  return Webspace.parse({
    apiVersion: 'webspaces.dev/v1alpha1',
    kind: 'Webspace',
    metadata: { name },
    spec: { customer: owner, runtime: 'node', ...spec },
  })
}

async function platform() {
  const cluster = memoryCluster()
  const caches = new ResourceCaches(cluster, logger)
  const access = new Access(caches)
  await caches.start(new AbortController().signal)
  return { cluster, access }
}

test('a key opens the webspaces of the customers that list it, and no others', async () => {
  const { cluster, access } = await platform()
  const [ada, bob] = [newKey(), newKey()]
  await cluster.create(Customer, customer('ada', [ada.line]))
  await cluster.create(Customer, customer('bob', [bob.line, 'broken line']))
  await cluster.create(Webspace, webspace('blog', 'ada'))
  await cluster.create(Webspace, webspace('shop', 'bob'))
  await expect.poll(() => access.webspacesOf(bob.fingerprint).map(({ metadata }) => metadata.name)).toEqual(['shop'])
  expect(access.authorize(ada.fingerprint, 'blog', 'write').metadata.name).toBe('blog')
  const refusals = ['shop', 'nothing', '../blog', '__proto__'].map((name) => {
    try {
      return access.authorize(ada.fingerprint, name, 'read')
    } catch (error) {
      return (error as Error).message.replace(JSON.stringify(name), 'NAME')
    }
  })
  expect(new Set(refusals)).toEqual(new Set(['no repository NAME for this key']))
})

test('a key counts from when it is listed until it is not', async () => {
  const { cluster, access } = await platform()
  const key = newKey()
  await cluster.create(Webspace, webspace('blog', 'ada'))
  await cluster.create(Customer, customer('ada', [key.line]))
  await expect.poll(() => access.knows(key.fingerprint)).toBe(true)
  await cluster.patch(Customer, { name: 'ada' }, { spec: { sshKeys: [] } })
  await expect.poll(() => access.knows(key.fingerprint)).toBe(false)
  expect(() => access.authorize(key.fingerprint, 'blog', 'read')).toThrow(
    expect.objectContaining({ code: 'WS_ACCESS_DENIED' }),
  )
})

test('a key that two customers list stays with the other when one of them goes', async () => {
  const { cluster, access } = await platform()
  const key = newKey()
  await cluster.create(Customer, customer('ada', [key.line]))
  await cluster.create(Customer, customer('bob', [key.line]))
  await expect.poll(() => access.customersOf(key.fingerprint)).toEqual(['ada', 'bob'])
  await cluster.delete(Customer, { name: 'ada' })
  await expect.poll(() => access.customersOf(key.fingerprint)).toEqual(['bob'])
})

test('who is suspended can read and not push', async () => {
  const { cluster, access } = await platform()
  const key = newKey()
  await cluster.create(Customer, customer('ada', [key.line], { suspended: true }))
  await cluster.create(Webspace, webspace('blog', 'ada'))
  await expect.poll(() => access.webspacesOf(key.fingerprint).length).toBe(1)
  access.authorize(key.fingerprint, 'blog', 'read')
  expect(() => access.authorize(key.fingerprint, 'blog', 'write')).toThrow(
    expect.objectContaining({ code: 'WS_SUSPENDED' }),
  )
})

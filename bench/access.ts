import { createHash } from 'node:crypto'
import { Access, Customer, ResourceCaches, Webspace, type Logger } from '@webspaces/core'
import { memoryCluster } from '@webspaces/core/testing'
import { report, median } from './report.ts'

const ignore = (): void => undefined
const silent: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore, child: () => silent }

const CUSTOMERS = 1000
const KEYS = 100
const CHECKS = 10_000

/** An access check while 100,000 keys are listed: 1,000 Customers with 100 keys each. */
export async function benchAccess(): Promise<void> {
  const cluster = memoryCluster()
  const people: { readonly webspace: string; readonly fingerprint: string }[] = []
  const meta = (kind: string, name: string) => ({ apiVersion: 'webspaces.dev/v1alpha1', kind, metadata: { name } })
  for (let index = 0; index < CUSTOMERS; index += 1) {
    const [customer, webspace] = [`customer-${index}`, `webspace-${index}`]
    const keys = Array.from({ length: KEYS }, (_, number) => key(`${index}/${number}`))
    people.push(...keys.map(({ fingerprint }) => ({ webspace, fingerprint })))
    const spec = { name: 'C', email: 'c@example.com', sshKeys: keys.map(({ line }) => line) }
    await cluster.create(Customer, Customer.parse({ ...meta('Customer', customer), spec }))
    await cluster.create(
      Webspace,
      Webspace.parse({ ...meta('Webspace', webspace), spec: { customer, runtime: 'node' } }),
    )
  }
  const caches = new ResourceCaches(cluster, silent)
  const access = new Access(caches)
  await caches.start(new AbortController().signal)
  const rounds = Array.from({ length: 5 }, (_, round) => {
    const begin = performance.now()
    for (let check = 0; check < CHECKS; check += 1) {
      // A stride through all of them, so that no key is warm.
      const person = people[(check * 7919 + round) % people.length]
      if (person !== undefined) access.authorize(person.fingerprint, person.webspace, 'write')
    }
    return (performance.now() - begin) / CHECKS
  })
  await caches.stop()
  report(`access check against ${people.length} keys`, median(rounds), 'ms', 1)
}

function key(seed: string): { readonly line: string; readonly fingerprint: string } {
  const field = (bytes: Buffer): Buffer => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes])
  const blob = Buffer.concat([field(Buffer.from('ssh-ed25519')), field(createHash('sha256').update(seed).digest())])
  const fingerprint = `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`
  return { line: `ssh-ed25519 ${blob.toString('base64')}`, fingerprint }
}

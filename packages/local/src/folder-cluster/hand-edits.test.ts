import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  Customer,
  Deployment,
  ownerReference,
  Webspace,
  type Kind,
  type KubernetesObject,
  type WatchEvent,
} from '@webspaces/core'
import { customer, Rig } from './rig.test.kit.ts'

let rig: Rig
beforeEach(async () => {
  rig = await Rig.make()
})
afterEach(() => rig.remove())

const MANIFEST = `
# written by hand
apiVersion: webspaces.dev/v1alpha1
kind: Customer
metadata: {name: demo}
spec:
  name: Demo
  email: demo@example.com
`

const until = <T>(check: () => T | Promise<T>): Promise<T> => vi.waitFor(check, { timeout: 15_000, interval: 10 })

describe('while the platform runs', () => {
  test('a file that is put in place becomes an object, complete on disk too', async () => {
    const cluster = await rig.start()
    await rig.write('customers/demo.yaml', MANIFEST)
    const found = await until(() => cluster.get(Customer, { name: 'demo' }))
    expect(found).toMatchObject({ metadata: { generation: 1 }, spec: { name: 'Demo', sshKeys: [], suspended: false } })
    expect(found.metadata.uid).toBeTypeOf('string')
    expect(found.metadata.creationTimestamp).toBeTypeOf('string')
    expect(await rig.open().get(Customer, { name: 'demo' })).toEqual(found)
  })

  test('an edit of the spec counts the generation and is seen by a watch', async () => {
    const cluster = await rig.start()
    const before = await cluster.create(Customer, customer('demo'))
    await cluster.patchStatus(Customer, { name: 'demo' }, { namespace: 'n' })
    const seen = watched(cluster)
    await until(() => expect(seen).toHaveLength(2))
    await rig.edit('customers/demo.yaml', (text) => text.replace('suspended: false', 'suspended: true'))
    await until(() => expect(seen).toHaveLength(3))
    const after = await cluster.get(Customer, { name: 'demo' })
    expect(seen[2]).toEqual({ type: 'applied', object: after })
    expect(after).toMatchObject({ spec: { suspended: true }, status: { namespace: 'n' }, metadata: { generation: 2 } })
    expect(after.metadata.uid).toBe(before.metadata.uid)
    await expect(
      cluster.patch(Customer, { name: 'demo' }, { metadata: { resourceVersion: before.metadata.resourceVersion } }),
    ).rejects.toMatchObject({ code: 'WS_CONFLICT' })
  })

  test('an edit of a label leaves the generation', async () => {
    const cluster = await rig.start()
    await cluster.create(Customer, { ...customer('demo'), metadata: { name: 'demo', labels: { tier: 'tin' } } })
    await rig.edit('customers/demo.yaml', (text) => text.replace('tier: tin', 'tier: gold'))
    const found = await until(async () => {
      const now = await cluster.get(Customer, { name: 'demo' })
      expect(now.metadata.labels).toEqual({ tier: 'gold' })
      return now
    })
    expect(found.metadata.generation).toBe(1)
  })

  test('a plain manifest put in the place of a file changes the object and does not replace it', async () => {
    const cluster = await rig.start()
    const before = await cluster.create(Customer, customer('demo', { suspended: true }))
    await cluster.patchStatus(Customer, { name: 'demo' }, { namespace: 'n' })
    await rig.write('customers/demo.yaml', MANIFEST)
    await until(async () => expect((await cluster.get(Customer, { name: 'demo' })).spec.name).toBe('Demo'))
    const after = await cluster.get(Customer, { name: 'demo' })
    expect(after.metadata).toMatchObject({
      uid: before.metadata.uid,
      creationTimestamp: before.metadata.creationTimestamp,
    })
    expect(after).toMatchObject({ spec: { suspended: false }, status: { namespace: 'n' } })
  })

  test('comments and the order of keys change nothing', async () => {
    const cluster = await rig.start()
    const before = await cluster.create(Customer, customer('demo'))
    const seen = watched(cluster)
    await rig.edit('customers/demo.yaml', (text) => `# mine\n${text.replace(/^(spec:[^]*)/m, '$1')}`)
    await rig.write('customers/marker.yaml', MANIFEST.replace('name: demo', 'name: marker'))
    await until(() =>
      expect(seen.some((event) => event.type === 'applied' && event.object.metadata.name === 'marker')).toBe(true),
    )
    expect(await cluster.get(Customer, { name: 'demo' })).toEqual(before)
    expect(await readFile(rig.path('customers/demo.yaml'), 'utf8')).toMatch(/^# mine/)
  })

  test('a file that is removed is an object deleted, and what it owned goes too', async () => {
    const cluster = await rig.start()
    const owner = await cluster.create(Customer, customer('demo'))
    await cluster.create(Deployment, deployment('shop', owner))
    await rm(rig.path('customers/demo.yaml'))
    await until(() => expect(cluster.get(Customer, { name: 'demo' })).rejects.toMatchObject({ code: 'WS_NOT_FOUND' }))
    await until(async () => expect(await cluster.list(Deployment)).toEqual([]))
    await expect(stat(rig.path('deployments/n/shop.yaml'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('a copy of a file under another name is another object', async () => {
    const cluster = await rig.start()
    const original = await cluster.create(Customer, customer('demo'))
    await cluster.patchStatus(Customer, { name: 'demo' }, { namespace: 'n' })
    const text = await readFile(rig.path('customers/demo.yaml'), 'utf8')
    await rig.write('customers/copy.yaml', text.replace('name: demo', 'name: copy'))
    const copy = await until(() => cluster.get(Customer, { name: 'copy' }))
    expect(copy.metadata.uid).not.toBe(original.metadata.uid)
    expect(copy.status).toBeUndefined()
    expect((await cluster.get(Customer, { name: 'demo' })).metadata.uid).toBe(original.metadata.uid)
  })

  test('taking the last finalizer out of a file that waits for it lets the object go', async () => {
    const cluster = await rig.start()
    await cluster.create(Customer, { ...customer('demo'), metadata: { name: 'demo', finalizers: ['example.com/f'] } })
    await cluster.delete(Customer, { name: 'demo' })
    await rig.edit('customers/demo.yaml', (text) =>
      text.replace('    - example.com/f\n', '').replace('finalizers:', 'finalizers: []'),
    )
    await until(() => expect(cluster.get(Customer, { name: 'demo' })).rejects.toMatchObject({ code: 'WS_NOT_FOUND' }))
    await expect(stat(rig.path('customers/demo.yaml'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('a folder that comes with files in it is taken over, also one that another has replaced', async () => {
    const cluster = await rig.start()
    const manifest = (name: string) => JSON.stringify(deployment(name))
    await rig.write('../elsewhere/shop.yaml', manifest('shop'))
    await rename(rig.path('../elsewhere'), rig.path('deployments/n'))
    await until(() => cluster.get(Deployment, { name: 'shop', namespace: 'n' }))
    await rm(rig.path('deployments/n'), { recursive: true })
    await until(async () => expect(await cluster.list(Deployment)).toEqual([]))
    await mkdir(rig.path('deployments/n'))
    await rig.write('deployments/n/blog.yaml', manifest('blog'))
    await until(() => cluster.get(Deployment, { name: 'blog', namespace: 'n' }))
    await rig.write('deployments/n/third.yaml', manifest('third'))
    await until(() => cluster.get(Deployment, { name: 'third', namespace: 'n' }))
  })

  test('a kind that nobody has named before is followed from its first use', async () => {
    const kind: Kind = { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', shortNames: [], namespaced: true }
    const map = (name: string): KubernetesObject => ({
      apiVersion: 'v1',
      kind: kind.kind,
      metadata: { name, namespace: 'n' },
    })
    await rig.write('configmaps/n/before.yaml', JSON.stringify(map('before')))
    const cluster = await rig.start()
    await cluster.create(kind, map('created'))
    const names = async (): Promise<string[]> => (await cluster.list(kind)).map(({ metadata }) => metadata.name)
    expect(await names()).toEqual(['before', 'created'])
    await rig.write('configmaps/n/later.yaml', JSON.stringify(map('later')))
    await until(async () => expect(await names()).toEqual(['before', 'created', 'later']))
  })

  test('what an editor leaves beside a file is not looked at', async () => {
    const cluster = await rig.start()
    for (const file of ['.demo.yaml.swp', 'demo.yaml~', '#demo.yaml#', '4913'])
      await rig.write(`customers/${file}`, '{')
    await rig.write('customers/demo.yaml', MANIFEST)
    await until(() => cluster.get(Customer, { name: 'demo' }))
    expect(rig.warnings).toEqual([])
  })
})

describe('while nothing runs', () => {
  test('an edit counts as a change at the next start', async () => {
    const before = await rig.open().create(Customer, customer('demo'))
    await rig.edit('customers/demo.yaml', (text) => text.replace('suspended: false', 'suspended: true'))
    const after = await (await rig.start()).get(Customer, { name: 'demo' })
    expect(after.spec.suspended).toBe(true)
    expect(after.metadata).toMatchObject({ uid: before.metadata.uid, generation: 2 })
    expect(after.metadata.resourceVersion).not.toBe(before.metadata.resourceVersion)
  })

  test('a copy does not take the place of its original', async () => {
    const original = await rig.open().create(Customer, customer('original'))
    const text = await readFile(rig.path('customers/original.yaml'), 'utf8')
    await rig.write('customers/copy.yaml', text.replace('name: original', 'name: copy'))
    const cluster = await rig.start()
    expect((await cluster.get(Customer, { name: 'original' })).metadata.uid).toBe(original.metadata.uid)
    expect((await cluster.get(Customer, { name: 'copy' })).metadata.uid).not.toBe(original.metadata.uid)
  })

  test('what has lost its owner goes at the next start, but not if the owner is there and cannot be read', async () => {
    const cluster = rig.open()
    const [gone, broken] = [
      await cluster.create(Customer, customer('gone')),
      await cluster.create(Customer, customer('broken')),
    ]
    await cluster.create(Deployment, deployment('orphan', gone))
    await cluster.create(Deployment, deployment('kept', broken))
    await rm(rig.path('customers/gone.yaml'))
    await rig.write('customers/broken.yaml', 'spec: [')
    const started = await rig.start()
    await until(async () =>
      expect((await started.list(Deployment)).map(({ metadata }) => metadata.name)).toEqual(['kept']),
    )
    await started.create(Webspace, {
      apiVersion: 'webspaces.dev/v1alpha1',
      kind: 'Webspace',
      metadata: { name: 'more', ownerReferences: [ownerReference(gone)] },
      spec: { customer: 'gone', runtime: 'node' } as Webspace['spec'],
    })
    await until(async () => expect(await started.list(Webspace)).toEqual([]))
    expect(await started.list(Deployment)).toHaveLength(1)
  })

  test('a process that only writes sees at each call what is on disk', async () => {
    const [one, other] = [rig.open(), rig.open()]
    await one.create(Customer, customer('demo'))
    expect((await other.list(Customer)).map(({ metadata }) => metadata.name)).toEqual(['demo'])
    await rig.write('customers/hand.yaml', MANIFEST.replace('name: demo', 'name: hand'))
    const adopted = await one.get(Customer, { name: 'hand' })
    expect(await other.get(Customer, { name: 'hand' })).toEqual(adopted)
    await other.delete(Customer, { name: 'demo' })
    await expect(one.get(Customer, { name: 'demo' })).rejects.toMatchObject({ code: 'WS_NOT_FOUND' })
  })

  test('it cannot be watched', async () => {
    const events = rig.open().watch(Customer, { signal: AbortSignal.timeout(1000) })
    await expect(events.next()).rejects.toMatchObject({ code: 'WS_UNAVAILABLE' })
  })
})

function deployment(name: string, owner?: Customer): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'n', ...(owner === undefined ? {} : { ownerReferences: [ownerReference(owner)] }) },
    spec: { replicas: 1 } as Deployment['spec'],
  }
}

function watched(cluster: Awaited<ReturnType<Rig['start']>>): WatchEvent<Customer>[] {
  const events: WatchEvent<Customer>[] = []
  const follow = async (): Promise<void> => {
    for await (const event of cluster.watch(Customer, { signal: AbortSignal.timeout(30_000) })) events.push(event)
  }
  void follow()
  return events
}

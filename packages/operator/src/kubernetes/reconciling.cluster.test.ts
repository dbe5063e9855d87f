import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import {
  Customer,
  Deployment,
  Ingress,
  Label,
  RuntimeResource,
  Service,
  Webspace,
  type Distribution,
  type Kind,
  type LogFields,
  type Logger,
} from '@webspaces/core'
import { OWNED_KINDS } from '../reconcilers/owned-objects.ts'
import { FaultProxy } from './fault-proxy.test.kit.ts'
import { eventually, installKinds, openCluster, SILENT, type LabCluster } from './lab.test.kit.ts'
import { release, startOperator } from './platform.test.kit.ts'

const id = `t${randomBytes(4).toString('hex')}`
const NAMESPACE = `customer-${id}`
const PRODUCTION = { namespace: NAMESPACE, name: id }

let lab: LabCluster
let proxy: FaultProxy
let platform: Distribution
const errors: LogFields[] = []
const logger: Logger = {
  ...SILENT,
  error: (message, fields) => void errors.push({ message, ...fields }),
  child: () => logger,
}

beforeAll(async () => {
  lab = openCluster()
  proxy = await FaultProxy.start()
  await installKinds(lab)
  // Every name is looked at again twice a second: a full resync, over and over.
  platform = await startOperator(proxy.kubeconfig, logger, { resyncMs: 500 })
  await apply(RuntimeResource, { plugin: 'node' })
  await apply(Customer, { name: 'Ada', email: 'ada@example.com' })
  // No node has so much room. A pod that is tried to be started would be news again and again, each worth a write.
  const memory = '4000Gi'
  const resources = { requests: { memory }, limits: { cpu: '0.5', memory } }
  await apply(Webspace, { customer: id, runtime: id, domain: `${id}.example`, resources })
  for (const branch of ['main', 'next']) await release(platform, lab, id, branch)
  await eventually(async () => expect(await hosts()).toEqual([`${id}.example`, `next.${id}.example`]))
})
afterAll(async () => {
  await platform.stop()
  for (const kind of [Webspace, Customer, RuntimeResource])
    await lab.cluster.delete(kind, { name: id }).catch(() => undefined)
  await proxy.stop()
  await lab.server.close()
})
afterEach(() => {
  expect(errors.splice(0)).toEqual([])
})

async function apply(kind: Kind, spec: object): Promise<void> {
  const { apiVersion, kind: name } = kind
  const object = { apiVersion, kind: name, metadata: { name: id }, spec }
  await lab.cluster.apply(kind, object)
}

async function hosts(): Promise<string[]> {
  const ingresses = await lab.cluster.list(Ingress, { namespace: NAMESPACE })
  return ingresses.flatMap(({ spec }) => spec.rules.map(({ host }) => host))
}

/** Writes that reach the server within so long. */
async function writesWithin(milliseconds: number): Promise<string[]> {
  const from = proxy.seen.length
  await sleep(milliseconds)
  return proxy.seen.slice(from).flatMap(({ method, path }) => (method === 'GET' ? [] : [`${method} ${path}`]))
}

/** Waits until the operator has nothing to write any more. */
async function settled(): Promise<void> {
  await eventually(async () => expect(await writesWithin(1500)).toEqual([]))
}

test('a full resync writes nothing', async () => {
  await settled()
  expect(await writesWithin(3000)).toEqual([])
})

test('an operator that starts on what another has left writes nothing', async () => {
  await settled()
  await platform.stop()
  const from = proxy.seen.length
  platform = await startOperator(proxy.kubeconfig, logger, { resyncMs: 500 })
  await sleep(1500)
  expect(proxy.seen.slice(from).filter(({ method }) => method !== 'GET')).toEqual([])
})

test('what is changed or deleted by hand is put back, and what others add stays', async () => {
  await lab.cluster.delete(Service, PRODUCTION)
  await lab.cluster.patch(Deployment, PRODUCTION, { spec: { replicas: 7 }, metadata: { labels: { theirs: 'x' } } })
  await lab.cluster.patch(Ingress, PRODUCTION, { spec: { rules: [{ host: 'elsewhere.example' }] } })
  await eventually(async () => {
    await lab.cluster.get(Service, PRODUCTION)
    const { spec, metadata } = await lab.cluster.get(Deployment, PRODUCTION)
    expect([spec.replicas, metadata.labels?.['theirs']]).toEqual([1, 'x'])
    expect(await hosts()).toContain(`${id}.example`)
    expect(await hosts()).not.toContain('elsewhere.example')
  })
  await settled()
})

test('replicas and environment reach the pods', async () => {
  await lab.cluster.patch(Webspace, { name: id }, { spec: { replicas: 3, env: [{ name: 'COLOUR', value: 'blue' }] } })
  await eventually(async () => {
    const { spec } = await lab.cluster.get(Deployment, PRODUCTION)
    expect(spec.replicas).toBe(3)
    expect(spec.template.spec.containers[0]?.env).toContainEqual({ name: 'COLOUR', value: 'blue' })
  })
  await settled()
})

test('another production branch changes what runs, and no field that cannot be changed', async () => {
  await lab.cluster.patch(Webspace, { name: id }, { spec: { branch: 'next' } })
  await eventually(async () => {
    const { metadata, spec } = await lab.cluster.get(Deployment, PRODUCTION)
    expect(metadata.labels?.[Label.branch]).toBe('next')
    expect(spec.selector.matchLabels[Label.instance]).toBe(id)
  })
  await settled()
})

test('a server that goes and comes back is caught up with', async () => {
  await proxy.down()
  await lab.cluster.patch(Webspace, { name: id }, { spec: { replicas: 2 } })
  await lab.cluster.delete(Service, PRODUCTION)
  await sleep(1000)
  await proxy.up()
  await eventually(async () => {
    await lab.cluster.get(Service, PRODUCTION)
    expect((await lab.cluster.get(Deployment, PRODUCTION)).spec.replicas).toBe(2)
  })
  await settled()
  errors.length = 0
})

test('a Webspace that is deleted takes everything with it', async () => {
  await lab.cluster.delete(Webspace, { name: id })
  await eventually(async () => {
    for (const kind of OWNED_KINDS) {
      expect(await lab.cluster.list(kind, { namespace: NAMESPACE })).toEqual([])
    }
  })
})

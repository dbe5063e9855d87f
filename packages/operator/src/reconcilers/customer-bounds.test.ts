import { afterEach, expect, test } from 'vitest'
import { Customer, LimitRange, Namespace, NetworkPolicy, ResourceQuota } from '@webspaces/core'
import { World } from './world.test.kit.ts'

let world: World
afterEach(() => world.stop())

const BOUNDS = { namespace: 'customer-ada', name: 'webspaces' }
const ingress = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ingress-nginx' } } }

test('only pods of the same customer and what the settings name reach the pods of a customer', async () => {
  world = await World.start({ isolation: { from: [ingress] } })
  await world.customer('ada')
  const { spec, metadata } = await world.cluster.get(NetworkPolicy, BOUNDS)
  expect(spec).toEqual({
    podSelector: {},
    policyTypes: ['Ingress'],
    ingress: [{ from: [{ podSelector: {} }, ingress] }],
  })
  expect(metadata.ownerReferences).toEqual([expect.objectContaining({ kind: 'Customer', name: 'ada' })])
})

test('a namespace that is isolated lets in no pod that asks for privileges', async () => {
  world = await World.start({ isolation: { from: [ingress] } })
  await world.customer('ada')
  const { metadata } = await world.cluster.get(Namespace, { name: 'customer-ada' })
  expect(metadata.labels).toMatchObject({
    'webspaces.dev/customer': 'ada',
    'pod-security.kubernetes.io/enforce': 'restricted',
  })
})

test('a bound that the cluster refuses is shown at the Customer, and nothing is deployed without it', async () => {
  // More than an object may hold.
  const from = Array.from({ length: 60_000 }, () => ({ ipBlock: { cidr: '10.0.0.0/8' } }))
  world = await World.start({ isolation: { from } })
  await world.customer('ada')
  await world.webspace('blog')
  await world.push('blog')
  expect(await world.ready(Customer, 'ada')).toBe('False InvalidSpec')
  expect(await world.running()).toEqual([])
})

test('a policy that somebody takes away or changes comes back', async () => {
  world = await World.start({ isolation: { from: [ingress] } })
  await world.customer('ada')
  await world.cluster.patch(NetworkPolicy, BOUNDS, { spec: { ingress: [{}] } })
  await world.settle()
  expect((await world.cluster.get(NetworkPolicy, BOUNDS)).spec.ingress[0]?.from).toHaveLength(2)
  await world.cluster.delete(NetworkPolicy, BOUNDS)
  await world.settle()
  expect(await world.cluster.list(NetworkPolicy)).toHaveLength(1)
})

test('a platform that no longer isolates takes the policies away', async () => {
  world = await World.start({ isolation: { from: [ingress] } })
  await world.customer('ada')
  await world.stop()
  world = await World.start({ after: world })
  expect(await world.cluster.list(NetworkPolicy)).toEqual([])
})

test('a quota is there as long as it is asked for', async () => {
  world = await World.start()
  await world.customer('ada')
  expect(await world.cluster.list(ResourceQuota)).toEqual([])
  expect(await world.cluster.list(LimitRange)).toEqual([])

  await world.change(Customer, 'ada', {
    quota: { cpu: '1000m', memory: '2Gi', pods: 10, replica: { memory: '0.5Gi' } },
  })
  expect((await world.cluster.get(ResourceQuota, BOUNDS)).spec.hard).toEqual({
    'requests.cpu': '1000m',
    'limits.memory': '2Gi',
    pods: '10',
  })
  expect((await world.cluster.get(LimitRange, BOUNDS)).spec.limits).toEqual([
    { type: 'Container', max: { memory: '0.5Gi' } },
  ])

  await world.change(Customer, 'ada', { quota: { cpu: null, memory: null, pods: 5, replica: null } })
  expect((await world.cluster.get(ResourceQuota, BOUNDS)).spec.hard).toEqual({ pods: '5' })
  expect(await world.cluster.list(LimitRange)).toEqual([])
  await world.change(Customer, 'ada', { quota: null })
  expect(await world.cluster.list(ResourceQuota)).toEqual([])
})

test('a further look at everything writes nothing', async () => {
  world = await World.start({ isolation: { from: [ingress] } })
  await world.customer('ada', { quota: { cpu: '1000m', replica: { cpu: '0.5' } } })
  const before = await world.versions()
  await world.clock.advance(11 * 60_000)
  await world.settle()
  expect(await world.versions()).toEqual(before)
})

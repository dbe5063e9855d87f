import { afterEach, expect, test } from 'vitest'
import {
  Annotation,
  Customer,
  Deployment,
  Ingress,
  Label,
  Release,
  RuntimeResource,
  Service,
  Webspace,
} from '@webspaces/core'
import { sampleRelease } from '@webspaces/core/testing'
import { World, type WorldOptions } from './world.test.kit.ts'

let world: World
afterEach(() => world.stop())

/** One customer and one Webspace, nothing pushed yet. */
async function start(options: WorldOptions = {}): Promise<World> {
  world = await World.start(options)
  await world.apply(RuntimeResource, 'node', { plugin: 'node' })
  await world.customer('ada')
  await world.webspace('blog')
  return world
}

const PRODUCTION = { namespace: 'customer-ada', name: 'blog' }
const PREVIEW = { namespace: 'customer-ada', name: 'blog--next' }
const WORKLOAD = ['Deployment', 'Service', 'Ingress']

test('a Webspace waits for its first push, and tells where to push to', async () => {
  await start()
  const { status } = await world.cluster.get(Webspace, { name: 'blog' })
  expect(status).toMatchObject({ cloneUrl: 'ssh://git@localhost/blog.git', url: 'http://blog.localhost', branches: [] })
  expect(await world.ready(Webspace, 'blog')).toBe('False AwaitingPush')
  expect(await world.running()).toEqual([])
})

test('an accepted Release comes to run, and the status says so', async () => {
  await start()
  const release = await world.push('blog')
  expect(await world.running()).toEqual(WORKLOAD.map((kind) => `${kind} customer-ada/blog`))
  const { status } = await world.cluster.get(Webspace, { name: 'blog' })
  expect(status?.branches).toEqual([
    {
      ...{ branch: 'main', slug: 'main', production: true, url: 'http://blog.localhost', release },
      ...{ commit: sampleRelease('main').commit, phase: 'Live', replicas: 1, readyReplicas: 1 },
    },
  ])
  expect(await world.ready(Webspace, 'blog')).toBe('True Succeeded')
})

test('nothing is written when everything is looked at again', async () => {
  await start()
  await world.push('blog')
  await world.push('blog', 'next')
  world.broken.add(await world.push('blog', 'bad'))
  await world.settle()
  const before = await world.versions()
  await world.clock.advance(10 * 60_000)
  await world.settle()
  expect(await world.versions()).toEqual(before)
  expect(world.errors).toEqual([])
})

test('a platform that starts on what another has left writes nothing', async () => {
  await start()
  await world.push('blog')
  const before = await world.versions()
  await world.stop()
  world = await World.start({ after: world })
  expect(await world.versions()).toEqual(before)
})

test('what is changed or deleted by hand is put back', async () => {
  await start()
  await world.push('blog')
  await world.cluster.delete(Service, PRODUCTION)
  await world.cluster.patch(Deployment, PRODUCTION, { spec: { replicas: 7 } })
  await world.cluster.patch(Ingress, PRODUCTION, { spec: { rules: [] } })
  await world.settle()
  expect(await world.running()).toEqual(WORKLOAD.map((kind) => `${kind} customer-ada/blog`))
  expect((await world.cluster.get(Deployment, PRODUCTION)).spec.replicas).toBe(1)
  expect((await world.cluster.get(Ingress, PRODUCTION)).spec.rules).toHaveLength(1)
})

test('a preview comes with its branch and goes with it', async () => {
  await start()
  await world.push('blog')
  const preview = await world.push('blog', 'next')
  expect(await world.running()).toContain('Deployment customer-ada/blog--next')
  expect((await world.cluster.get(Ingress, PREVIEW)).spec.rules[0]?.host).toBe('next.blog.localhost')
  await world.releases.retire(await world.release(preview))
  await world.settle()
  expect(await world.running()).toEqual(WORKLOAD.map((kind) => `${kind} customer-ada/blog`))
  expect((await world.release(preview)).status?.rollout?.phase).toBe('Superseded')
})

test('a preview is taken down when its time is over', async () => {
  await start()
  await world.change(Webspace, 'blog', { previews: { ttl: '65m' } })
  await world.push('blog', 'next')
  await world.clock.advance(64 * 60_000)
  await world.settle()
  expect(await world.running()).toContain('Deployment customer-ada/blog--next')
  await world.clock.advance(60_000)
  await world.settle()
  expect(await world.running()).toEqual([])
})

test('replicas follow the Webspace, and a suspended one has none', async () => {
  await start()
  const release = await world.push('blog')
  await world.change(Webspace, 'blog', { replicas: 3 })
  expect((await world.cluster.get(Webspace, { name: 'blog' })).status).toMatchObject({ replicas: 3, readyReplicas: 3 })
  await world.change(Webspace, 'blog', { suspended: true })
  expect((await world.cluster.get(Deployment, PRODUCTION)).spec.replicas).toBe(0)
  expect(await world.ready(Webspace, 'blog')).toBe('False Suspended')
  expect((await world.release(release)).status?.rollout).toMatchObject({ phase: 'Live', replicas: 0 })
  await world.change(Webspace, 'blog', { suspended: false })
  expect(await world.ready(Webspace, 'blog')).toBe('True Succeeded')
})

test('a changed environment makes a Release with the same image, for every branch', async () => {
  await start()
  const first = await world.push('blog')
  await world.push('blog', 'next')
  await world.change(Webspace, 'blog', { env: [{ name: 'GREETING', value: 'hi' }] })
  const made = (await world.cluster.list(Release)).filter(({ spec }) => spec.source === 'config')
  expect(made.map(({ spec }) => [spec.branch, spec.image, spec.env, spec.number])).toEqual([
    ['main', (await world.release(first)).spec.image, [{ name: 'GREETING', value: 'hi' }], 3],
    ['next', (await world.release(first)).spec.image, [{ name: 'GREETING', value: 'hi' }], 4],
  ])
  const { spec } = await world.cluster.get(Deployment, PRODUCTION)
  expect(spec.template.spec.containers[0]?.env).toContainEqual({ name: 'GREETING', value: 'hi' })
  expect((await world.release('blog-3')).status?.rollout?.phase).toBe('Live')
})

test('a rollback keeps its older environment', async () => {
  await start()
  await world.push('blog')
  await world.change(Webspace, 'blog', { env: [{ name: 'GREETING', value: 'hi' }] })
  await world.push('blog', 'main', { source: 'rollback', env: [] })
  await world.clock.advance(10 * 60_000)
  await world.settle()
  const releases = await world.cluster.list(Release)
  expect(releases.map(({ spec }) => spec.source)).toEqual(['push', 'config', 'rollback'])
  const { spec } = await world.cluster.get(Deployment, PRODUCTION)
  expect(spec.template.spec.containers[0]?.env?.map(({ name }) => name)).toEqual(['PORT'])
})

test('an environment that changes during a push waits for the push', async () => {
  await start()
  await world.push('blog')
  const webspace = await world.cluster.get(Webspace, { name: 'blog' })
  const pending = await world.releases.createPending(webspace, sampleRelease('main'))
  await world.change(Webspace, 'blog', { env: [{ name: 'GREETING', value: 'hi' }] })
  expect(await world.cluster.list(Release)).toHaveLength(2)
  await world.releases.accept(pending)
  await world.settle()
  const [, , made] = await world.cluster.list(Release)
  expect(made?.spec).toMatchObject({ source: 'config', number: 3, env: [{ name: 'GREETING', value: 'hi' }] })
})

test('another production branch takes the hosts, and the former becomes a preview', async () => {
  await start()
  await world.push('blog', 'main')
  const next = await world.push('blog', 'next')
  await world.change(Webspace, 'blog', { branch: 'next' })
  const { spec } = await world.cluster.get(Deployment, PRODUCTION)
  expect(spec.template.metadata.labels[Label.release]).toBe(next)
  const ingresses = await world.cluster.list(Ingress)
  expect(ingresses.map(({ metadata, spec }) => [metadata.name, spec.rules[0]?.host])).toEqual([
    ['blog', 'blog.localhost'],
    ['blog--main', 'main.blog.localhost'],
  ])
  expect(await world.ready(Webspace, 'blog')).toBe('True Succeeded')
})

test('a Webspace that moves to another customer runs there and nowhere else', async () => {
  await start()
  await world.customer('ben')
  await world.push('blog')
  await world.change(Webspace, 'blog', { customer: 'ben' })
  expect(await world.running()).toEqual(WORKLOAD.map((kind) => `${kind} customer-ben/blog`))
  expect(await world.ready(Webspace, 'blog')).toBe('True Succeeded')
})

test('of a deleted Webspace nothing is left', async () => {
  await start()
  await world.push('blog')
  await world.push('blog', 'next')
  await world.cluster.delete(Webspace, { name: 'blog' })
  await world.settle()
  expect(await world.running()).toEqual([])
  expect(await world.cluster.list(Release)).toEqual([])
})

test('of a deleted Customer nothing runs, and its Webspace says why', async () => {
  await start()
  await world.push('blog')
  await world.cluster.delete(Customer, { name: 'ada' })
  await world.settle()
  expect(await world.running()).toEqual([])
  expect(await world.ready(Webspace, 'blog')).toBe('False CustomerMissing')
  await world.customer('ada')
  expect(await world.ready(Webspace, 'blog')).toBe('True Succeeded')
})

test('nothing runs before the customer has a namespace', async () => {
  await start()
  await world.stop()
  // One that is being deleted is not given one any more.
  const ben = { name: 'ben', finalizers: ['example.com/theirs'] }
  const spec = { name: 'Ben', email: 'ben@example.com' }
  const { apiVersion, kind } = Customer
  await world.cluster.create(Customer, Customer.parse({ apiVersion, kind, metadata: ben, spec }))
  await world.cluster.delete(Customer, { name: 'ben' })
  world = await World.start({ after: world })
  await world.webspace('shop', { customer: 'ben' })
  await world.push('shop')
  await world.clock.advance(60_000)
  await world.settle()
  expect(await world.running()).toEqual([])
  expect(await world.ready(Webspace, 'shop')).toBe('False Progressing')
})

test('a missing Runtime is told, and what runs keeps running', async () => {
  await start()
  await world.push('blog')
  await world.cluster.delete(RuntimeResource, { name: 'node' })
  await world.settle()
  expect(await world.ready(Webspace, 'blog')).toBe('False RuntimeMissing')
  expect(await world.running()).toHaveLength(3)
})

test('a Release without the annotation of its environment is taken as it is', async () => {
  await start()
  await world.push('blog')
  await world.cluster.patch(Release, { name: 'blog-1' }, { metadata: { annotations: { [Annotation.env]: null } } })
  await world.clock.advance(10 * 60_000)
  await world.settle()
  expect(await world.cluster.list(Release)).toHaveLength(1)
})

test('old Releases are removed, and neither what runs nor the highest number', async () => {
  await start({ push: { releaseHistory: 2 } })
  for (let push = 0; push < 5; push += 1) await world.push('blog')
  const preview = await world.push('blog', 'next')
  await world.releases.retire(await world.release(preview))
  await world.settle()
  expect((await world.cluster.list(Release)).map(({ metadata }) => metadata.name)).toEqual([
    'blog-4',
    'blog-5',
    'blog-6',
  ])
  expect(await world.push('blog')).toBe('blog-7')
})

test('what the cluster refuses is told at the branch and its Release, and keeps nothing else from being brought', async () => {
  await start()
  await world.push('blog')
  await world.push('blog', 'old')
  world.refused.set('Ingress blog--next', 'the host is defined elsewhere')
  const next = await world.push('blog', 'next')
  const other = await world.push('blog', 'other')
  await world.change(Webspace, 'blog', { previews: { max: 2 } })

  expect(await world.running()).toEqual([
    ...['blog', 'blog--next', 'blog--other'].map((name) => `Deployment customer-ada/${name}`),
    ...['blog', 'blog--next', 'blog--other'].map((name) => `Service customer-ada/${name}`),
    ...['blog', 'blog--other'].map((name) => `Ingress customer-ada/${name}`),
  ])
  const { status } = await world.cluster.get(Webspace, { name: 'blog' })
  expect(status?.branches?.map(({ branch, phase, refusal }) => [branch, phase, refusal])).toEqual([
    ['main', 'Live', undefined],
    ['other', 'Live', undefined],
    ['next', 'Failed', 'the host is defined elsewhere'],
  ])
  expect(await world.ready(Webspace, 'blog')).toBe('False InvalidSpec')
  expect((await world.release(next)).status?.rollout).toMatchObject({
    ...{ phase: 'Failed', replicas: 1, readyReplicas: 1, message: 'the host is defined elsewhere' },
  })
  expect((await world.release(other)).status?.rollout?.phase).toBe('Live')

  world.refused.clear()
  await world.clock.advance(10 * 60_000)
  await world.settle()
  expect((await world.release(next)).status?.rollout?.phase).toBe('Live')
  expect(await world.ready(Webspace, 'blog')).toBe('True Succeeded')
})

import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { ClusterPlatform } from '../support/cluster-platform.ts'
import { eventually } from '../support/eventually.ts'
import { get, type Answer } from '../support/http.ts'
import { IMAGES_MS, imagesAreGone, imagesOf, pullStatus } from '../support/images.ts'
import { IngressRouter } from '../support/ingress-router.ts'
import { getObject, kubectl, releasesOf } from '../support/kubectl.ts'
import { unique } from '../support/lab.ts'
import { Person, type Site } from '../support/person.ts'
import { customer, resource } from '../support/resources.ts'
import { must } from '../support/run.ts'
import { serves } from '../support/service.ts'

const [ada, blog, shop, own] = [unique('ada'), unique('blog'), unique('shop'), unique('own-runtime')]
const namespace = `--namespace=customer-${ada}`
let platform: ClusterPlatform
let person: Person
let site: Site

const SITE = {
  'package.json': JSON.stringify({ name: 'site', private: true, scripts: { start: 'node server.js' } }),
  'server.js':
    "require('node:http').createServer((q, r) => r.end(`colour ${process.env.COLOUR}`)).listen(process.env.PORT)",
}

beforeAll(async () => {
  platform = await ClusterPlatform.start()
  person = await platform.customer(ada, { [blog]: {}, [shop]: {} })
  site = await person.site('blog', SITE, platform.cloneUrl(blog))
  await must(site.push())
  await must(site.git('push', platform.cloneUrl(shop), 'HEAD:main'))
  await serves(ada, blog, 'colour undefined')
  await serves(ada, shop, 'colour undefined')
})
afterAll(() => platform.remove())

interface Deployment {
  readonly metadata: { readonly uid: string }
  readonly spec: { readonly template: object }
  readonly status: { readonly readyReplicas?: number }
}

const HOW_TO_REACH_IT = 'services,ingresses.networking.k8s.io'

/** Versions of all objects that a site is made of, which no write leaves as they are. */
async function versions(name: string, kinds = 'deployments,services,ingresses.networking.k8s.io'): Promise<unknown> {
  const { items } = await getObject<{ items: { kind: string; metadata: { name: string; generation?: number } }[] }>(
    kinds,
    namespace,
  )
  return items
    .filter(({ metadata }) => metadata.name === name)
    .map(({ kind, metadata }) => [
      kind,
      metadata.generation ?? (metadata as { resourceVersion?: string }).resourceVersion,
    ])
}

const deployment = async (): Promise<Deployment> => getObject<Deployment>('deployment', blog, namespace)
const patch = (object: string, spec: object): Promise<unknown> =>
  must(kubectl(['patch', object, '--type=merge', '--patch', JSON.stringify({ spec })]))

test('kubectl scale changes how many replicas there are, and nothing else', async () => {
  const before = await deployment()
  const others = await versions(blog, HOW_TO_REACH_IT)
  const other = await versions(shop)
  await must(kubectl(['scale', `ws/${blog}`, '--replicas=3']))
  const scaled = await eventually(deployment, ({ status }) => status.readyReplicas === 3)
  expect(scaled.metadata.uid).toBe(before.metadata.uid)
  expect(scaled.spec.template).toEqual(before.spec.template)
  expect(await versions(blog, HOW_TO_REACH_IT)).toEqual(others)
  expect(await versions(shop)).toEqual(other)
  expect(await releasesOf(blog)).toHaveLength(1)
  await must(kubectl(['scale', `ws/${blog}`, '--replicas=1']))
  await eventually(deployment, ({ status }) => status.readyReplicas === 1)
})

test('a change of the environment is a new release of the same image', async () => {
  // Their labels say which release they lead to.
  const howToReachIt = async (): Promise<unknown> =>
    Promise.all(
      HOW_TO_REACH_IT.split(',').map(async (kind) => {
        const { spec } = await getObject<{ readonly spec: unknown }>(kind, blog, namespace)
        return spec
      }),
    )
  const before = await howToReachIt()
  const other = await versions(shop)
  await patch(`webspace/${blog}`, { env: [{ name: 'COLOUR', value: 'red' }] })
  await serves(ada, blog, 'colour red')
  interface Release {
    readonly spec: { readonly image: string; readonly source: string }
  }
  const [pushed, changed] = await Promise.all(
    [1, 2].map((number) => getObject<Release>('release', `${blog}-${number}`)),
  )
  expect(changed?.spec).toMatchObject({ source: 'config', image: pushed?.spec.image })
  expect(await howToReachIt()).toEqual(before)
  expect(await versions(shop)).toEqual(other)
})

test('a key counts once it is added, and no longer once it is removed', async () => {
  const bob = await Person.create(platform.folder, 'bob')
  const read = async (): Promise<number> => (await bob.git(platform.folder, 'ls-remote', platform.cloneUrl(blog))).code
  const write = async (): Promise<number> => (await bob.git(site.folder, 'push', 'origin', 'HEAD:main')).code
  const before = await versions(blog)
  expect([await read(), await write()]).not.toContain(0)
  await platform.apply(customer(ada, [person.publicKey, bob.publicKey]))
  await eventually(read, (code) => code === 0)
  expect(await write()).toBe(0)
  await platform.apply(customer(ada, [person.publicKey]))
  await eventually(read, (code) => code !== 0)
  expect(await write()).not.toBe(0)
  expect((await site.git('ls-remote', 'origin')).code).toBe(0)
  expect(await versions(blog)).toEqual(before)
})

test('a suspended customer can read and not push, and the site answers', async () => {
  const before = await versions(blog)
  await patch(`customer/${ada}`, { suspended: true })
  await site.commit({})
  const refused = await eventually(
    () => site.push(),
    ({ code }) => code !== 0,
  )
  expect(refused.output).toContain('suspended')
  expect((await site.git('ls-remote', 'origin')).code).toBe(0)
  await serves(ada, blog, 'colour red')
  expect(await versions(blog)).toEqual(before)
  await patch(`customer/${ada}`, { suspended: false })
  await eventually(
    () => site.push(),
    ({ code }) => code === 0,
  )
})

test('a changed template is in the next build, and in no site before that', async () => {
  const dockerfile = (text: string): string =>
    `FROM node:24-bookworm-slim\nENV COLOUR=${text}\nWORKDIR /app\nCOPY . .\nUSER 1000\nCMD ["node", "server.js"]\n`
  const template = (text: string): object => resource('Runtime', own, { dockerfile: dockerfile(text) })
  const webspace = unique('templated')
  await platform.apply(template('blue'), resource('Webspace', webspace, { customer: ada, runtime: own }))
  const templated = await person.site('templated', SITE, platform.cloneUrl(webspace))
  await must(templated.push())
  await serves(ada, webspace, 'colour blue')
  const before = await versions(webspace)
  await platform.apply(template('green'))
  await must(kubectl(['wait', '--for=condition=Ready', `runtime/${own}`, '--timeout=60s']))
  await must(templated.push('HEAD:refs/heads/next'))
  await serves(ada, `${webspace}--next`, 'colour green')
  expect(await versions(webspace)).toEqual(before)
})

test('a changed domain changes the hosts, and no pod', async () => {
  const router = await IngressRouter.start()
  onTestFinished(() => router.stop())
  const ask = (host: string) => (): Promise<Answer> => get({ address: '127.0.0.1', port: router.port, host })
  const [former, next] = [`${blog}.localhost`, `${blog}.example`]
  const { spec } = await deployment()
  const other = await versions(shop)
  await eventually(ask(former), ({ body }) => body === 'colour red')
  await patch(`webspace/${blog}`, { domain: next })
  await eventually(ask(next), ({ body }) => body === 'colour red')
  await eventually(ask(former), ({ status }) => status === 404)
  expect((await deployment()).spec.template).toEqual(spec.template)
  expect(await versions(shop)).toEqual(other)
})

test('a deleted Webspace takes everything of its own with it', { timeout: IMAGES_MS + 120_000 }, async () => {
  const other = await versions(shop)
  const images = await imagesOf(blog, 'main')
  expect(await Promise.all(images.map(pullStatus))).toEqual(images.map(() => 200))
  await must(kubectl(['delete', `webspace/${blog}`, '--timeout=60s']))
  await eventually(
    () => versions(blog),
    (left) => Array.isArray(left) && left.length === 0,
  )
  await eventually(
    () => releasesOf(blog),
    (names) => names.length === 0,
  )
  expect((await site.git('ls-remote', 'origin')).output).toContain('WS_ACCESS_DENIED')
  expect(await readdir(platform.repositories)).not.toContain(`${blog}.git`)
  await imagesAreGone(images, blog)
  expect(await versions(shop)).toEqual(other)
  expect(await Promise.all((await imagesOf(shop, 'main')).map(pullStatus))).toEqual([200])
  await serves(ada, shop, 'colour undefined')
})

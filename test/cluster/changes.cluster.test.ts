import { readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ClusterPlatform } from '../support/cluster-platform.ts'
import { eventually } from '../support/eventually.ts'
import { getObject, kubectl, namesOf } from '../support/kubectl.ts'
import { unique } from '../support/lab.ts'
import type { Site } from '../support/person.ts'
import { Person } from '../support/person.ts'
import { customer, resource } from '../support/resources.ts'
import { must, type Ended } from '../support/run.ts'
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
const releases = async (webspace: string): Promise<string[]> =>
  (await namesOf('releases')).filter((name) => name.includes(`/${webspace}-`))
const patch = (object: string, spec: object): Promise<unknown> =>
  must(kubectl(['patch', object, '--type=merge', '--patch', JSON.stringify({ spec })]))

test('kubectl scale changes how many replicas there are, and nothing else', async () => {
  const before = await deployment()
  const others = await versions(blog, 'services,ingresses.networking.k8s.io')
  await must(kubectl(['scale', `ws/${blog}`, '--replicas=3']))
  const scaled = await eventually(deployment, ({ status }) => status.readyReplicas === 3)
  expect(scaled.metadata.uid).toBe(before.metadata.uid)
  expect(scaled.spec.template).toEqual(before.spec.template)
  expect(await versions(blog, 'services,ingresses.networking.k8s.io')).toEqual(others)
  expect(await releases(blog)).toHaveLength(1)
  await must(kubectl(['scale', `ws/${blog}`, '--replicas=1']))
  await eventually(deployment, ({ status }) => status.readyReplicas === 1)
})

test('a change of the environment is a new release of the same image', async () => {
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
  expect(await versions(shop)).toEqual(other)
})

test('a key counts once it is added, and no longer once it is removed', async () => {
  const bob = await Person.create(platform.folder, 'bob')
  const read = async (): Promise<number> => (await bob.git(platform.folder, 'ls-remote', platform.cloneUrl(blog))).code
  const before = await versions(blog)
  expect(await read()).not.toBe(0)
  await platform.apply(customer(ada, [person.publicKey, bob.publicKey]))
  await eventually(read, (code) => code === 0)
  await platform.apply(customer(ada, [person.publicKey]))
  await eventually(read, (code) => code !== 0)
  expect((await site.git('ls-remote', 'origin')).code).toBe(0)
  expect(await versions(blog)).toEqual(before)
})

test('a suspended customer can read and not push', async () => {
  await patch(`customer/${ada}`, { suspended: true })
  await site.commit({})
  const refused = await eventually(
    () => site.push(),
    ({ code }) => code !== 0,
  )
  expect(refused.output).toContain('suspended')
  expect((await site.git('ls-remote', 'origin')).code).toBe(0)
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
  const { spec } = await deployment()
  await patch(`webspace/${blog}`, { domain: `${blog}.example` })
  interface Ingress {
    readonly spec: { readonly rules: readonly { readonly host: string }[] }
  }
  await eventually(
    async () => (await getObject<Ingress>('ingress.networking.k8s.io', blog, namespace)).spec.rules.map((r) => r.host),
    (hosts) => hosts.join() === `${blog}.example`,
  )
  expect((await deployment()).spec.template).toEqual(spec.template)
})

test('a deleted Webspace takes everything of its own with it', async () => {
  const other = await versions(shop)
  await must(kubectl(['delete', `webspace/${blog}`, '--timeout=60s']))
  await eventually(
    () => versions(blog),
    (left) => Array.isArray(left) && left.length === 0,
  )
  await eventually(
    () => releases(blog),
    (names) => names.length === 0,
  )
  expect((await site.git('ls-remote', 'origin')).output).toContain('WS_ACCESS_DENIED')
  expect(await versions(shop)).toEqual(other)
  await serves(ada, shop, 'colour undefined')
})

test("a retained repository outlives its Webspace, is nobody else's, and can be put back", async () => {
  const name = unique('kept')
  const webspace = (spec: object): object => resource('Webspace', name, { customer: ada, runtime: 'node', ...spec })
  const url = platform.cloneUrl(name)
  const repositories = join(platform.folder, 'repositories')
  const remoteRefs = (): Promise<Ended> => person.git(platform.folder, 'ls-remote', url)
  const remove = (): Promise<unknown> => must(kubectl(['delete', `webspace/${name}`, '--timeout=60s']))

  await platform.apply(webspace({ reclaimPolicy: 'Retain' }))
  const kept = await person.site('kept', SITE, url)
  await must(kept.push())
  await remove()
  expect((await remoteRefs()).output).toContain('WS_ACCESS_DENIED')
  const [folder = '', ...others] = await readdir(join(repositories, '.retained'))
  expect([folder, others]).toEqual([expect.stringMatching(new RegExp(`^${name}-.*Z\\.git$`)), []])
  const retained = join(repositories, '.retained', folder)
  expect((await must(person.git(retained, 'rev-parse', 'main'))).stdout.trim()).toBe(await kept.head())

  await platform.apply(webspace({ reclaimPolicy: 'Delete' }))
  const empty = await eventually(remoteRefs, ({ code }) => code === 0)
  expect(empty.stdout).toBe('')
  await remove()
  expect(await readdir(join(repositories, '.retained'))).toEqual([folder])

  await rename(retained, join(repositories, `${name}.git`))
  await platform.apply(webspace({}))
  const back = await eventually(remoteRefs, ({ code }) => code === 0)
  expect(back.stdout).toContain(`${await kept.head()}\trefs/heads/main`)
  await kept.commit({})
  await must(kept.push())
  await serves(ada, name, 'colour undefined')
})

import { describe, expect, test } from 'vitest'
import type { Addressing } from '../contracts/addressing.ts'
import { DEFAULT_CONFIG } from '../plugin/config.ts'
import { Customer } from '../resources/customer.ts'
import { Release } from '../resources/release.ts'
import { Webspace } from '../resources/webspace.ts'
import { resolveHosts } from './hosts.ts'
import type { Deployment, Ingress, Service } from './objects.ts'
import { slugOf } from './slug.ts'
import { workload, type Workload } from './workload.ts'

const DAY = 86_400_000
const now = Date.parse('2026-01-31T00:00:00Z')
const addressing: Addressing = {
  defaultDomain: (name) => `${name}.localhost`,
  siteUrl: (host) => `http://${host}:8080`,
  cloneUrl: (name) => `ssh://git@localhost/${name}.git`,
}
const meta = (kind: string, name: string, ageDays = 0) => ({
  apiVersion: 'webspaces.dev/v1alpha1',
  kind,
  metadata: { name, uid: `uid-${name}`, creationTimestamp: new Date(now - ageDays * DAY).toISOString() },
})
const ada = Customer.parse({ ...meta('Customer', 'ada'), spec: { name: 'Ada', email: 'ada@example.com' } })

function webspace(spec: object = {}, name = 'blog', ageDays = 30): Webspace {
  return Webspace.parse({
    ...meta('Webspace', name, ageDays),
    spec: { customer: 'ada', runtime: 'node', domain: `${name}.example`, ...spec },
  })
}

function release(
  number: number,
  branch: string,
  more: { phase?: string; ageDays?: number; of?: string } = {},
): Release {
  const { of = 'blog', phase = 'Accepted', ageDays = 0 } = more
  return Release.parse({
    ...meta('Release', `${of}-${number}`, ageDays),
    spec: {
      webspace: of,
      branch,
      number,
      commit: String(number).padStart(40, '0'),
      image: `local/${of}@sha256:${String(number).padStart(64, '0')}`,
      buildKey: 'k',
      port: 3000,
      env: [{ name: 'COLOUR', value: 'blue' }],
      source: 'push',
      author: 'Ada',
      message: 'change',
    },
    status: { phase },
  })
}

function run(
  space: Webspace,
  releases: Release[],
  others: Webspace[] = [],
  otherReleases: Release[] = [],
  customer = ada,
): Workload {
  const owners = resolveHosts([space, ...others], [...releases, ...otherReleases], addressing)
  return workload({
    webspace: space,
    customer,
    releases,
    settings: DEFAULT_CONFIG.workload,
    addressing,
    hosts: { ownerOf: (host) => owners.get(host) },
    now,
  })
}

const resourcesOf = (result: Workload) => {
  const [container] = (result.objects[0]?.object as Deployment).spec.template.spec.containers
  return { requests: container?.resources?.requests, limits: container?.resources?.limits }
}
const names = (result: Workload) => result.objects.map(({ kind, object }) => `${kind.kind} ${object.metadata.name}`)
const branches = (result: Workload) =>
  result.branches.map(({ branch, release: { spec } }) => `${branch} ${spec.number}`)
const hosts = (result: Workload) => result.branches.flatMap((branch) => branch.hosts)

test('nothing pushed, nothing wanted', () => {
  expect(run(webspace(), []).objects).toEqual([])
})

test('production and previews each get Deployment, Service and Ingress', () => {
  const result = run(webspace(), [release(1, 'main'), release(2, 'feature')])
  expect(names(result)).toEqual([
    'Deployment blog',
    'Service blog',
    'Ingress blog',
    'Deployment blog--feature',
    'Service blog--feature',
    'Ingress blog--feature',
  ])
  expect(hosts(result)).toEqual(['blog.example', 'feature.blog.example'])
})

test('the newest accepted release of a branch is what runs', () => {
  const releases = [
    release(1, 'main'),
    release(3, 'main'),
    release(2, 'main'),
    release(4, 'main', { phase: 'Pending' }),
  ]
  expect(branches(run(webspace(), [...releases, release(5, 'x', { phase: 'Retired' })]))).toEqual(['main 3'])
})

test('what a Deployment looks like', () => {
  const result = run(webspace({ replicas: 3, resources: { limits: { memory: '1Gi' } } }), [release(7, 'main')])
  const { metadata, spec } = result.objects[0]?.object as Deployment
  expect(metadata).toMatchObject({
    name: 'blog',
    namespace: 'customer-ada',
    labels: { 'webspaces.dev/webspace': 'blog', 'webspaces.dev/branch': 'main', 'webspaces.dev/release': 'blog-7' },
    ownerReferences: [{ kind: 'Webspace', name: 'blog', uid: 'uid-blog' }],
  })
  expect(spec.replicas).toBe(3)
  expect(spec.selector.matchLabels).toEqual({ 'webspaces.dev/webspace': 'blog', 'app.kubernetes.io/instance': 'blog' })
  expect(spec.strategy?.rollingUpdate.maxUnavailable).toBe(0)
  expect(spec.template.spec).toMatchObject({
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  })
  expect(spec.template.spec.containers[0]).toMatchObject({
    image: release(7, 'main').spec.image,
    env: [
      { name: 'COLOUR', value: 'blue' },
      { name: 'PORT', value: '3000' },
    ],
    resources: { limits: { memory: '1Gi' }, requests: { memory: '128Mi' } },
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  })
})

test("the platform's defaults stay within what a replica of the customer may have, and what was asked for is left", () => {
  const quota = { replica: { cpu: '20m', memory: '0.25Gi' } }
  const bounded = Customer.parse({ ...ada, spec: { ...ada.spec, quota } })
  const resources = (spec: object) => resourcesOf(run(webspace(spec), [release(1, 'main')], [], [], bounded))
  expect(resources({})).toEqual({ requests: { cpu: '20m', memory: '128Mi' }, limits: { memory: '0.25Gi' } })
  expect(resources({ resources: { limits: { memory: '1Gi' } } }).limits).toEqual({ memory: '1Gi' })
})

test('a Service and an Ingress lead to the pods of their branch', () => {
  const result = run(webspace({ aliases: ['www.blog.example'], tls: { issuer: 'le' } }), [release(1, 'main')])
  const service = result.objects[1]?.object as Service
  const ingress = result.objects[2]?.object as Ingress
  expect(service.spec.selector).toEqual({ 'webspaces.dev/webspace': 'blog', 'app.kubernetes.io/instance': 'blog' })
  expect(ingress.spec.rules.map((rule) => rule.host)).toEqual(['blog.example', 'www.blog.example'])
  expect(ingress.spec.tls).toEqual([{ hosts: ['blog.example', 'www.blog.example'], secretName: 'blog-tls' }])
  expect(ingress.metadata.annotations).toMatchObject({ 'cert-manager.io/cluster-issuer': 'le' })
})

test('branches whose names a label cannot hold have hosts of their own', () => {
  const result = run(webspace(), [release(1, 'feature/x'), release(2, 'feature-x')])
  expect(new Set(hosts(result))).toEqual(new Set([`${slugOf('feature/x')}.blog.example`, 'feature-x.blog.example']))
})

describe('previews', () => {
  const releases = [
    release(1, 'main'),
    release(2, 'a', { ageDays: 3 }),
    release(3, 'b', { ageDays: 1 }),
    release(4, 'c'),
  ]

  test('off', () => {
    expect(branches(run(webspace({ previews: { enabled: false } }), releases))).toEqual(['main 1'])
  })
  test('too many: those pushed last stay', () => {
    expect(branches(run(webspace({ previews: { max: 2 } }), releases))).toEqual(['main 1', 'c 4', 'b 3'])
  })
  test('a change of the environment does not make a preview younger', () => {
    const made = release(5, 'a')
    const config = { ...made, spec: { ...made.spec, commit: release(2, 'a').spec.commit, source: 'config' as const } }
    expect(branches(run(webspace({ previews: { ttl: '2d' } }), [...releases, config]))).toEqual([
      'main 1',
      'c 4',
      'b 3',
    ])
  })
  test('too old, and when the next one is', () => {
    const result = run(webspace({ previews: { ttl: '2d' } }), releases)
    expect(branches(result)).toEqual(['main 1', 'c 4', 'b 3'])
    expect(result.wakeAt).toBe(now + DAY)
  })
})

test('another production branch changes no selector, which Kubernetes would not take', () => {
  const releases = [release(1, 'main'), release(2, 'dev')]
  const selectors = ['main', 'dev'].map((branch) =>
    Object.fromEntries(
      run(webspace({ branch }), releases).branches.map(({ deployment, selector }) => [deployment.name, selector]),
    ),
  )
  expect(selectors[0]?.blog).toEqual(selectors[1]?.blog)
})

test('a suspended webspace has no replicas and keeps its objects', () => {
  const result = run(webspace({ suspended: true, replicas: 3 }), [release(1, 'main'), release(2, 'a')])
  expect(result.branches.map(({ replicas }) => replicas)).toEqual([0, 0])
  expect(result.objects).toHaveLength(6)
})

describe('a host that two webspaces claim', () => {
  const older = webspace({}, 'blog', 30)
  const younger = webspace({ domain: 'blog.example' }, 'copy', 10)

  test('stays with the older, and the younger says who has it', () => {
    expect(hosts(run(older, [release(1, 'main')], [younger]))).toEqual(['blog.example'])
    const result = run(younger, [release(1, 'main', { of: 'copy' })], [older])
    expect(hosts(result)).toEqual([])
    expect(result.conflicts).toEqual([{ host: 'blog.example', owner: 'blog' }])
    expect(names(result)).toEqual(['Deployment copy', 'Service copy'])
  })

  test('a preview that is there already is not lost to a younger webspace', () => {
    const thief = webspace({ domain: 'shop.blog.example' }, 'thief', 1)
    const releases = [release(1, 'shop')]
    expect(hosts(run(older, releases, [thief]))).toEqual(['shop.blog.example'])
    expect(run(thief, [], [older], releases).conflicts).toEqual([{ host: 'shop.blog.example', owner: 'blog' }])
  })
})

test('the same input gives the same answer', () => {
  const input = [release(1, 'main'), release(2, 'a')]
  expect(run(webspace(), input)).toEqual(run(webspace(), input))
})

import { expect, test } from 'vitest'
import { DEFAULT_CONFIG, type WorkloadSettings } from '../plugin/config.ts'
import { Customer } from '../resources/customer.ts'
import { Release } from '../resources/release.ts'
import { Webspace } from '../resources/webspace.ts'
import { Ingress } from './objects.ts'
import { workload } from './workload.ts'

const ISSUER = 'cert-manager.io/cluster-issuer'

const object = (name: string, spec: object) => ({
  apiVersion: 'webspaces.dev/v1alpha1',
  metadata: { name, uid: `uid-${name}`, creationTimestamp: '2026-01-01T00:00:00Z' },
  spec,
})
const customer = Customer.parse({ kind: 'Customer', ...object('ada', { name: 'Ada', email: 'ada@example.com' }) })

/** The Ingresses of a Webspace whose branches are live. */
function ingresses(
  settings: Partial<WorkloadSettings>,
  spec: object = {},
  branches: readonly string[] = ['main'],
): Ingress[] {
  const webspace = Webspace.parse({
    kind: 'Webspace',
    ...object('blog', { customer: 'ada', runtime: 'node', domain: 'blog.example', ...spec }),
  })
  const { objects } = workload({
    webspace,
    customer,
    releases: branches.map((branch, index) => release(branch, index + 1)),
    settings: { ...DEFAULT_CONFIG.workload, ...settings },
    addressing: { defaultDomain: (name) => name, siteUrl: (host) => `https://${host}`, cloneUrl: (name) => name },
    hosts: { ownerOf: () => undefined },
    now: Date.parse('2026-01-01T00:00:00Z'),
  })
  return objects.flatMap(({ kind, object }) => (kind === Ingress ? [object as Ingress] : []))
}

function release(branch: string, number: number): Release {
  const commit = String(number).padStart(40, '0')
  const image = `local/blog@sha256:${String(number).padStart(64, '0')}`
  const made = { source: 'push', author: 'Ada', message: 'change' }
  const spec = { webspace: 'blog', branch, number, commit, image, buildKey: 'k', port: 3000, env: [], ...made }
  return Release.parse({ kind: 'Release', ...object(`blog-${number}`, spec), status: { phase: 'Accepted' } })
}

test('every Ingress has the class of the platform, or leaves it to the cluster', () => {
  const classes = (settings: Partial<WorkloadSettings>) =>
    ingresses(settings, {}, ['main', 'feature']).map(({ spec }) => spec.ingressClassName)
  expect(classes({ ingressClass: 'nginx' })).toEqual(['nginx', 'nginx'])
  expect(ingresses({})[0]?.spec).not.toHaveProperty('ingressClassName')
})

test('every Ingress has the annotations of the platform, which take the place of none of our own', () => {
  const ingressAnnotations = { 'a/b': 'c', 'webspaces.dev/branch': 'other', [ISSUER]: 'other' }
  const [main, preview] = ingresses({ ingressAnnotations }, { tls: { issuer: 'le' } }, ['main', 'feature'])
  expect(main?.metadata.annotations).toEqual({ 'a/b': 'c', 'webspaces.dev/branch': 'main', [ISSUER]: 'le' })
  expect(preview?.metadata.annotations).toMatchObject({ 'a/b': 'c', 'webspaces.dev/branch': 'feature' })
})

test('a certificate that there is already is named, and none is asked for', () => {
  const [ingress] = ingresses({}, { tls: { secretName: 'wildcard' } })
  expect(ingress?.spec.tls).toEqual([{ hosts: ['blog.example'], secretName: 'wildcard' }])
  expect(ingress?.metadata.annotations).not.toHaveProperty([ISSUER])
})

test('without tls there is no certificate', () => {
  expect(ingresses({})[0]?.spec).not.toHaveProperty('tls')
})

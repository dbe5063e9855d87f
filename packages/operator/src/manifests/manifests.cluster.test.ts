import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Customer, RuntimeResource, Webspace, type KubernetesObject, type ResourceKind } from '@webspaces/core'
import { webspaces } from '../cli/command.test.kit.ts'
import { eventually, openCluster } from '../kubernetes/lab.test.kit.ts'

// kubectl and a real API server: what people see and what they are refused.

// A namespace takes its time to go: each run has its own.
const NAMESPACE = `manifests-test-${process.pid}`
const NAME = 'manifests-test'

const customer = resource(Customer, { name: 'Ada Lovelace', email: 'ada@example.com' })
const runtime = resource(RuntimeResource, { plugin: 'node', options: { a: [1, { b: 'x' }], c: { d: {} } } })
const webspace = resource(Webspace, { customer: NAME, runtime: NAME })

beforeAll(async () => {
  await apply((await webspaces(['manifests', '--only', 'crds'])).stdout)
  await apply((await webspaces(['manifests', '--only', 'rbac', '--namespace', NAMESPACE])).stdout)
  await eventually(async () => {
    for (const object of [customer, runtime, webspace]) await apply(JSON.stringify(object))
  })
})

afterAll(async () => {
  await kubectl(['delete', '--ignore-not-found', '-f', '-'], toList([webspace, runtime, customer]))
  const { stdout } = await webspaces(['manifests', '--only', 'rbac', '--namespace', NAMESPACE])
  await kubectl(['delete', '--ignore-not-found', '--wait=false', '-f', '-'], stdout)
})

describe('the kinds', () => {
  test('are established, with schemas that are structural', async () => {
    const { items } = JSON.parse(await kubectl(['get', 'crd', '-o', 'json'])) as { items: Definition[] }
    const ours = items.filter(({ spec }) => spec.group === 'webspaces.dev')
    expect(ours).toHaveLength(4)
    for (const { status } of ours) {
      expect(status.conditions).toContainEqual(expect.objectContaining({ type: 'Established', status: 'True' }))
      expect(status.conditions.map(({ type }) => type)).not.toContain('NonStructuralSchema')
    }
  })

  test.each([
    ['webspace.spec.previews', 'How many at one time'],
    ['ws.spec.env.name', 'PORT is taken'],
    ['customer.spec.sshKeys', 'authorized_keys'],
    ['runtime.status.conditions', 'Ready, Reconciling'],
    ['release.status.rollout.log', 'failing process'],
  ])('kubectl explain %s', async (field, text) => {
    expect(await kubectl(['explain', field])).toContain(text)
  })

  test.each([
    [Customer, customer],
    [RuntimeResource, runtime],
    [Webspace, webspace],
  ] as [ResourceKind, KubernetesObject][])(
    'a server fills in the defaults of %s as the schema does',
    async (kind, object) => {
      const stored = JSON.parse(await kubectl(['get', kind.plural, NAME, '-o', 'json'])) as { spec: unknown }
      expect(stored.spec).toEqual((kind.parse(object) as unknown as { spec: unknown }).spec)
    },
  )

  test.each([
    ['{"replicas":-1}', 'spec.replicas'],
    ['{"replicas":"2"}', 'spec.replicas'],
    ['{"domain":"UPPER.example"}', 'spec.domain'],
    ['{"domain":"nodots"}', 'spec.domain'],
    ['{"customer":"a--b"}', 'spec.customer'],
    ['{"branch":"a..b"}', 'spec.branch'],
    ['{"branch":"a\\u0001"}', 'spec.branch'],
    ['{"env":[{"name":"PORT","value":"1"}]}', 'spec.env.name'],
    ['{"env":[{"name":"A"}]}', 'spec.env.value'],
    ['{"previews":{"ttl":"2 weeks"}}', 'spec.previews.ttl'],
  ])('a server refuses %s', async (spec, field) => {
    const patch = kubectl(['patch', 'webspaces', NAME, '--type', 'merge', '-p', `{"spec":${spec}}`])
    await expect(patch).rejects.toThrow(field)
  })

  test('a server refuses a name with two dashes', async () => {
    const named = { ...webspace, metadata: { name: 'a--b' } }
    await expect(kubectl(['create', '-f', '-'], JSON.stringify(named))).rejects.toThrow('metadata.name')
  })

  test('webspaces are scaled', async () => {
    await kubectl(['scale', `ws/${NAME}`, '--replicas=3'])
    expect(await kubectl(['get', 'ws', NAME, '-o', 'jsonpath={.spec.replicas}'])).toBe('3')
    await kubectl(['scale', `ws/${NAME}`, '--replicas=1'])
  })

  test('kubectl get shows where a webspace is and what is there', async () => {
    const { cluster, server } = openCluster()
    await cluster.patchStatus(Webspace, { name: NAME }, STATUS)
    await server.close()
    const [header = '', line = ''] = (await kubectl(['get', 'webspaces', NAME])).split('\n')
    expect(header.split(/\s+/)).toEqual([
      'NAME',
      'CUSTOMER',
      'RUNTIME',
      'URL',
      'REPLICAS',
      'ANSWERING',
      'RELEASE',
      'READY',
      'AGE',
    ])
    expect(line.split(/\s+/).slice(0, 8)).toEqual([
      NAME,
      NAME,
      NAME,
      'https://blog.example.com',
      '1',
      '1',
      'blog-7',
      'True',
    ])
    await kubectl(['wait', '--for=condition=Ready', `webspace/${NAME}`, '--timeout=10s'])
  })

  test('a plural names one kind, and the category all', async () => {
    const names = async (kinds: string): Promise<string[]> => (await kubectl(['get', kinds, '-o', 'name'])).split('\n')
    expect((await names('webspaces')).every((name) => name === '' || name.startsWith('webspace.'))).toBe(true)
    expect(await names('webspaces-dev')).toContain(`customer.webspaces.dev/${NAME}`)
  })
})

test('the server takes the workloads as they are printed', async () => {
  const { stdout } = await webspaces(['manifests', '--only', 'workloads', '--namespace', NAMESPACE])
  const applied = await kubectl(['apply', '--dry-run=server', '-f', '-'], stdout)
  expect(applied).toContain('deployment.apps/webspaces-operator created')
  expect(applied).toContain('poddisruptionbudget.policy/webspaces-operator created')
})

describe('what the components may do', () => {
  test.each([
    ['git', 'list webspaces', true],
    ['git', 'patch webspaces', true],
    ['git', 'create releases', true],
    ['git', 'patch releases/status', true],
    ['git', 'delete releases', true],
    ['git', 'delete webspaces', false],
    ['git', 'patch webspaces/status', false],
    ['git', 'patch customers', false],
    ['git', 'get deployments', false],
    ['git', 'get secrets', false],
    ['operator', 'patch webspaces/status', true],
    ['operator', 'create namespaces', true],
    ['operator', 'patch deployments.apps', true],
    ['operator', 'delete ingresses.networking.k8s.io', true],
    ['operator', 'create networkpolicies.networking.k8s.io', true],
    ['operator', 'watch pods', true],
    ['operator', 'get pods/log', true],
    ['operator', 'create events', true],
    ['operator', 'patch webspaces', false],
    ['operator', 'delete webspaces', false],
    ['operator', 'delete namespaces', false],
    ['operator', 'get secrets', false],
    ['operator', 'create pods', false],
    ['operator', 'create pods/exec', false],
  ])('%s: %s: %s', async (component, action, allowed) => {
    expect(await can(component, action, 'default')).toBe(allowed)
  })

  test('leases in the own namespace alone', async () => {
    expect(await can('operator', 'patch leases.coordination.k8s.io', NAMESPACE)).toBe(true)
    expect(await can('operator', 'patch leases.coordination.k8s.io', 'kube-system')).toBe(false)
    expect(await can('git', 'get leases.coordination.k8s.io', NAMESPACE)).toBe(false)
  })
})

interface Definition {
  readonly spec: { readonly group: string }
  readonly status: { readonly conditions: readonly { readonly type: string; readonly status: string }[] }
}

const lastTransitionTime = '2026-01-01T00:00:00Z'
const STATUS = {
  url: 'https://blog.example.com',
  replicas: 1,
  readyReplicas: 1,
  conditions: [{ type: 'Ready', status: 'True', reason: 'Succeeded', message: 'is live', lastTransitionTime }],
  branches: ['preview', 'main'].map((branch, index) => ({
    ...{ branch, slug: branch, production: branch === 'main', url: 'https://blog.example.com', commit: 'c0ffee' },
    ...{ release: `blog-${6 + index}`, phase: 'Live', replicas: 1, readyReplicas: 1 },
  })),
}

function resource(kind: ResourceKind, spec: object): KubernetesObject & { readonly spec: object } {
  return { apiVersion: kind.apiVersion, kind: kind.kind, metadata: { name: NAME }, spec }
}

function toList(items: readonly object[]): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
}

async function can(component: string, action: string, namespace: string): Promise<boolean> {
  const [verb = '', path = ''] = action.split(' ')
  const [resourceName = '', subresource] = path.split('/')
  const account = `system:serviceaccount:${NAMESPACE}:webspaces-${component}`
  const asked = ['auth', 'can-i', verb, resourceName, '--as', account, '--namespace', namespace]
  // The exit code is 1 where the answer is no.
  const answer = kubectl([...asked, ...(subresource === undefined ? [] : ['--subresource', subresource])])
  return (await answer.catch((error: unknown) => (error as { stdout: string }).stdout)).trim() === 'yes'
}

function apply(text: string): Promise<string> {
  return kubectl(['apply', '-f', '-'], text)
}

/** @throws with what kubectl says on standard error */
async function kubectl(args: readonly string[], input = ''): Promise<string> {
  const running = promisify(execFile)('kubectl', args, { timeout: 60_000 })
  running.child.stdin?.end(input)
  return (await running).stdout
}

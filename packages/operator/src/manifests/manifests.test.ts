import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { RESOURCE_KINDS, type KubernetesObject } from '@webspaces/core'
import { webspaces } from '../cli/command.test.kit.ts'
import { parseManifests } from '../cli/resources/parse-manifests.ts'
import { addServe } from '../cli/serve/command.ts'
import { manifests } from './manifests.ts'
import { MANIFEST_DEFAULTS, type ManifestOptions } from './options.ts'

const SAMPLES = join(import.meta.dirname, '../../../../deploy/samples')

const OPTIONS: ManifestOptions = {
  ...MANIFEST_DEFAULTS,
  image: 'registry.example.com/webspaces:1',
  docker: 'tcp://one:2376,tcp://two:2376',
  registry: 'registry.example.com/sites',
  settings: { 'ingress-class': 'nginx' },
  kubernetesMinor: 30,
}

const all = manifests(OPTIONS)
const pods = all.workloads.flatMap((object) => podsOf(object))

describe.each(pods)('the pod of $name', ({ template, args }) => {
  const [container] = template.spec.containers

  test('has no privileges and nothing to write but what it is given', () => {
    expect(template.spec.securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    })
    expect(container?.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
    const writable = container?.volumeMounts
      .filter(({ readOnly }) => readOnly !== true)
      .map(({ mountPath }) => mountPath)
    expect(writable?.filter((path) => !['/tmp', '/var/lib/webspaces'].includes(path))).toEqual([])
  })

  test('mounts every volume that it has', () => {
    expect(container?.volumeMounts.map(({ name }) => name)).toEqual(template.spec.volumes.map(({ name }) => name))
  })

  test('is asked for its health at a port that it has', () => {
    const ports = container?.ports.map(({ name }) => name)
    expect(container?.readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'http' })
    expect(container?.livenessProbe.httpGet).toEqual({ path: '/healthz', port: 'http' })
    expect(ports).toContain('http')
  })

  test('is started with options that webspaces serve has', () => {
    const known = serveOptions().map(({ long }) => long)
    expect(args[0]).toBe('serve')
    expect(args.filter((argument) => argument.startsWith('--') && !known.includes(argument))).toEqual([])
  })

  test('runs under a service account that is bound to a role', () => {
    const subjects = all.rbac.flatMap((object) => (object as { subjects?: { name: string }[] }).subjects ?? [])
    expect(subjects.map(({ name }) => name)).toContain(template.spec.serviceAccountName)
  })
})

test('settings are variables that webspaces serve reads', () => {
  const { data = {} } = all.workloads.find(({ kind }) => kind === 'ConfigMap') as { data?: Record<string, string> }
  const known = serveOptions().map(({ envVar }) => envVar)
  expect(Object.keys(data).filter((name) => !known.includes(name))).toEqual([])
  expect(data).toMatchObject({ WEBSPACES_DOCKER: OPTIONS.docker, WEBSPACES_INGRESS_CLASS: 'nginx' })
})

test('pods start anew with other settings, and only then', () => {
  const templates = (options: ManifestOptions): unknown[] =>
    manifests(options).workloads.flatMap((object) => podsOf(object).map(({ template }) => template))
  expect(templates({ ...OPTIONS })).toEqual(templates(OPTIONS))
  const changed = templates({ ...OPTIONS, settings: { 'ingress-class': 'traefik' } })
  for (const [index, template] of templates(OPTIONS).entries()) expect(changed[index]).not.toEqual(template)
})

test.each<ManifestOptions['settings']>([{}, { 'drain-seconds': '300' }])(
  'the git server is given 30 s more than its pushes, with %j',
  (settings) => {
    const [git] = manifests({ ...OPTIONS, settings }).workloads.flatMap((object) => podsOf(object))
    const option = serveOptions().find(({ long }) => long === '--drain-seconds')
    const seconds = Number(settings['drain-seconds'] ?? option?.defaultValue)
    expect(git?.template.spec.terminationGracePeriodSeconds).toBe(seconds + 30)
  },
)

test('Services and the disruption budget select pods that there are', () => {
  const labels = pods.map(({ template }) => template.metadata.labels)
  for (const { kind, spec } of all.workloads as (KubernetesObject & {
    spec?: { selector?: Record<string, unknown> }
  })[]) {
    if (kind !== 'Service' && kind !== 'PodDisruptionBudget') continue
    const selector = Object.entries((spec?.selector?.['matchLabels'] ?? spec?.selector ?? {}) as Record<string, string>)
    expect(selector.length).toBeGreaterThan(0)
    expect(labels.some((each) => selector.every(([label, value]) => each[label] === value))).toBe(true)
  }
})

test('nobody may do everything, read Secrets or give out rights', () => {
  const rules = all.rbac.flatMap(
    (object) => (object as { rules?: { apiGroups: string[]; resources: string[]; verbs: string[] }[] }).rules ?? [],
  )
  expect(rules.length).toBeGreaterThan(0)
  for (const { apiGroups, resources, verbs } of rules) {
    expect([...apiGroups, ...resources, ...verbs]).not.toContain('*')
    expect(resources).not.toContain('secrets')
    expect(apiGroups).not.toContain('rbac.authorization.k8s.io')
    expect(verbs.filter((verb) => ['escalate', 'bind', 'impersonate', 'deletecollection'].includes(verb))).toEqual([])
  }
})

test.each([
  [20, 'policy/v1beta1'],
  [21, 'policy/v1'],
  [34, 'policy/v1'],
])('on Kubernetes 1.%i the disruption budget is of %s', (kubernetesMinor, apiVersion) => {
  const objects = manifests({ ...OPTIONS, kubernetesMinor }).workloads
  expect(objects.find(({ kind }) => kind === 'PodDisruptionBudget')?.apiVersion).toBe(apiVersion)
})

test('the samples are what the kinds ask for', () => {
  const files = readdirSync(SAMPLES).filter((name) => name !== 'kustomization.yaml')
  const kinds = files.flatMap((name) => parseManifests(readFileSync(join(SAMPLES, name), 'utf8'), name))
  expect(kinds.map(({ kind }) => kind.kind).sort()).toEqual(['Customer', 'Runtime', 'Runtime', 'Webspace'])
})

describe('webspaces manifests', () => {
  test('prints all, in the order in which it is applied', async () => {
    const { code, stdout } = await webspaces(['manifests', '--kubernetes', '1.30'])
    const kinds = parse(stdout).map(({ kind }) => kind)
    expect(code).toBe(0)
    expect(kinds.slice(0, 4)).toEqual(Array(4).fill('CustomResourceDefinition'))
    expect(kinds.indexOf('Namespace')).toBeLessThan(kinds.indexOf('ServiceAccount'))
    expect(kinds.indexOf('ServiceAccount')).toBeLessThan(kinds.indexOf('Deployment'))
  })

  test('prints a part', async () => {
    const { stdout } = await webspaces(['manifests', '--only', 'crds'])
    expect(parse(stdout).map(({ metadata }) => metadata.name)).toEqual(
      RESOURCE_KINDS.map(({ plural }) => `${plural}.webspaces.dev`),
    )
  })

  test('puts in what it is told', async () => {
    const { stdout } = await webspaces([
      ...['manifests', '--only', 'workloads', '--kubernetes', '1.25', '--namespace', 'hosting', '--image', 'x:1'],
      ...['--set', 'domain=sites.example.com', '--storage-class', 'fast', '--ssh-service', 'NodePort'],
    ])
    const objects = parse(stdout)
    expect(objects.every(({ metadata }) => metadata.namespace === 'hosting')).toBe(true)
    expect(stdout).toContain('WEBSPACES_DOMAIN: sites.example.com')
    expect(stdout).toContain('storageClassName: fast')
    expect(stdout).toContain('type: NodePort')
  })

  test.each([
    [['--only', 'everything'], '--only'],
    [['--set', 'domain'], '--set'],
    [['--kubernetes', '1.19'], '--kubernetes'],
  ])('refuses %j', async (args, option) => {
    const { code, stderr, stdout } = await webspaces(['manifests', ...args])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(option)
  })

  test('tells which version it is for where no cluster answers', async () => {
    const env = { KUBECONFIG: '/nonexistent', PATH: '/nonexistent' }
    const { code, stdout, stderr } = await webspaces(['manifests', '--only', 'workloads'], { env })
    expect([code, stderr]).toEqual([0, expect.stringContaining('--kubernetes 1.20')])
    expect(stdout).toContain('apiVersion: policy/v1\n')
  })
})

interface Pod {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> }
  readonly spec: {
    readonly serviceAccountName: string
    readonly terminationGracePeriodSeconds: number
    readonly securityContext: object
    readonly containers: readonly {
      readonly args: readonly string[]
      readonly securityContext: object
      readonly ports: readonly { readonly name: string }[]
      readonly readinessProbe: { readonly httpGet: object }
      readonly livenessProbe: { readonly httpGet: object }
      readonly volumeMounts: readonly {
        readonly name: string
        readonly mountPath: string
        readonly readOnly?: boolean
      }[]
    }[]
    readonly volumes: readonly { readonly name: string }[]
  }
}

function podsOf(object: KubernetesObject): { name: string; template: Pod; args: readonly string[] }[] {
  if (object.kind !== 'Deployment') return []
  const { template } = (object as KubernetesObject & { readonly spec: { readonly template: Pod } }).spec
  return [{ name: object.metadata.name, template, args: template.spec.containers[0]?.args ?? [] }]
}

function serveOptions(): Command['options'] {
  const program = new Command()
  addServe(program)
  return program.commands[0]?.options ?? []
}

function parse(text: string): KubernetesObject[] {
  return parseAllDocuments(text).map((document) => document.toJS() as KubernetesObject)
}

import { execFile } from 'node:child_process'
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { parse, parseAllDocuments, stringify } from 'yaml'
import { temporaryFolder, webspaces } from '../cli/command.test.kit.ts'

// deploy/ as kubectl renders it, beside what `webspaces manifests` prints. It asks no cluster.

const ROOT = join(import.meta.dirname, '../../../..')
const DEPLOY = join(ROOT, 'deploy')

test.each([
  ['default', '1.30'],
  ['kubernetes-1.20', '1.20'],
])('deploy/%s is what is printed for Kubernetes %s', async (folder, version) => {
  expect(await rendered(folder)).toEqual(await printed('--kubernetes', version, '--image', 'webspaces/webspaces'))
})

test('deploy/example differs in the image and the settings that it names, and serve takes those', async () => {
  const { images, configMapGenerator } = parse(read(join(DEPLOY, 'example/kustomization.yaml'))) as Example
  const [image, config] = [images[0], configMapGenerator[0]]
  const settings = config.literals.flatMap((literal) => {
    const [, variable = '', value = ''] = /^WEBSPACES_([A-Z_]+)=(.*)$/.exec(literal) ?? []
    return ['--set', `${variable.toLowerCase().replaceAll('_', '-')}=${value}`]
  })
  const expected = await printed('--kubernetes', '1.30', '--image', `${image.newName}:${image.newTag}`, ...settings)
  expect(await rendered('example')).toEqual(expected)
})

test("the guide's patch gives the git server the registry's certificate, and takes nothing away", async () => {
  const guide = read(join(ROOT, 'docs/guides/set-a-registry.md'))
  const [, patch = ''] = /^```yaml\n(apiVersion: apps\/v1\n.*?)^```$/ms.exec(guide) ?? []
  const objects = await printed('--kubernetes', '1.30')
  const isGit = ({ kind, metadata }: ManifestObject) => kind === 'Deployment' && metadata.name === 'webspaces-git'
  const before = objects.find(isGit) as Deployment
  const file = join(temporaryFolder(), 'git.json')
  writeFileSync(file, JSON.stringify(before))
  const after = JSON.parse(await kubectl(['patch', '--local', '-f', file, '-o', 'json', '-p', patch])) as Deployment
  const [container] = podOf(after).containers
  const [{ volumeMounts, ...former }] = podOf(before).containers
  expect(container).toMatchObject(former)
  expect(container.volumeMounts).toEqual(expect.arrayContaining([...volumeMounts]))
  const path = container.env?.find(({ name }) => name === 'NODE_EXTRA_CA_CERTS')?.value
  const mount = container.volumeMounts.find(({ mountPath }) => path === `${mountPath}/ca.pem`)
  expect(podOf(after).volumes.find(({ name }) => name === mount?.name)).toHaveProperty('configMap')
})

interface ManifestObject {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string | undefined }
  readonly spec?: { readonly template?: { readonly metadata: object } }
}

interface Deployment extends ManifestObject {
  readonly spec: { readonly template: { readonly metadata: object; readonly spec: Pod } }
}

interface Pod {
  readonly containers: readonly [
    {
      readonly env?: readonly { readonly name: string; readonly value: string }[]
      readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[]
    },
  ]
  readonly volumes: readonly { readonly name: string }[]
}

interface Example {
  readonly images: readonly [{ readonly newName: string; readonly newTag: string }]
  readonly configMapGenerator: readonly [{ readonly literals: readonly string[] }]
}

interface Kustomization {
  readonly bases?: readonly string[]
  readonly resources?: readonly string[]
}

/** What kubectl makes of a folder of deploy/, with the ConfigMap under its plain name. */
async function rendered(folder: string): Promise<ManifestObject[]> {
  const text = await kubectl(['kustomize', join(await deployFolder(), folder)])
  const named = sorted(text).find(({ kind }) => kind === 'ConfigMap')?.metadata.name ?? ''
  // Named after what is in it, so that pods start anew with it: the ConfigMap, and both pods.
  expect(named).toMatch(/^webspaces-[a-z0-9]+$/)
  expect(text.split(`name: ${named}\n`)).toHaveLength(4)
  return sorted(text.replaceAll(named, 'webspaces'))
}

async function printed(...options: readonly string[]): Promise<ManifestObject[]> {
  const { code, stdout, stderr } = await webspaces(['manifests', ...options])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return sorted(stdout)
}

function sorted(text: string): ManifestObject[] {
  const objects = parseAllDocuments(text).map((document) => alike(document.toJS() as ManifestObject))
  const key = ({ kind, metadata }: ManifestObject): string => `${kind}/${metadata.name}`
  return objects.sort((one, other) => key(one).localeCompare(key(other)))
}

/** Without the labels of the ConfigMap, and the digest of the settings, whose place kustomize's name takes. */
function alike(object: ManifestObject): ManifestObject {
  const { kind, metadata, spec } = object
  if (kind === 'ConfigMap') return { ...object, metadata: { name: metadata.name, namespace: metadata.namespace } }
  if (kind !== 'Deployment' || spec?.template === undefined) return object
  const template = { ...spec.template, metadata: { ...spec.template.metadata, annotations: undefined } }
  return { ...object, spec: { ...spec, template } }
}

/** kubectl 1.20 takes folders as `bases` alone, and gets a copy that says so. */
async function deployFolder(): Promise<string> {
  const version = JSON.parse(await kubectl(['version', '--client', '-o', 'json'])) as {
    readonly clientVersion: { readonly minor: string }
  }
  if (Number.parseInt(version.clientVersion.minor, 10) > 20) return DEPLOY
  const copy = join(temporaryFolder(), 'deploy')
  cpSync(DEPLOY, copy, { recursive: true })
  for (const folder of readdirSync(copy)) {
    const file = join(copy, folder, 'kustomization.yaml')
    const { bases = [], resources = [], ...rest } = parse(read(file)) as Kustomization
    const isFile = (name: string): boolean => name.endsWith('.yaml')
    const folders = resources.filter((name) => !isFile(name))
    writeFileSync(file, stringify({ ...rest, bases: [...bases, ...folders], resources: resources.filter(isFile) }))
  }
  return copy
}

function read(file: string): string {
  return readFileSync(file, 'utf8')
}

function podOf({ spec }: Deployment): Pod {
  return spec.template.spec
}

/** @throws with what kubectl says on standard error */
async function kubectl(args: readonly string[]): Promise<string> {
  return (await promisify(execFile)('kubectl', args, { timeout: 60_000 })).stdout
}

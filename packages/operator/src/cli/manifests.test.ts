import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { webspaces } from './command.test.kit.ts'

// --set: what it puts into the ConfigMap, and what it refuses before a pod would.

const WORKLOADS = ['manifests', '--only', 'workloads', '--kubernetes', '1.30']

test('a setting becomes the variable of its option; given again, it is replaced', async () => {
  expect(await settings('ingress-class=nginx', 'domain=a.example', 'domain=b.example')).toMatchObject({
    WEBSPACES_INGRESS_CLASS: 'nginx',
    WEBSPACES_DOMAIN: 'b.example',
  })
})

test('an option that may be repeated keeps all that it is given, one by one or as lines', async () => {
  const one = await settings('ingress-annotation=a/b=x=y', 'ingress-from=10.0.0.0/8', 'ingress-annotation=c=d\ne=')
  expect(one).toMatchObject({ WEBSPACES_INGRESS_ANNOTATION: 'a/b=x=y\nc=d\ne=', WEBSPACES_INGRESS_FROM: '10.0.0.0/8' })
  const more = await settings('ingress-from=10.0.0.0/8', 'ingress-from=kubernetes.io/metadata.name=edge,tier=front')
  expect(more).toMatchObject({ WEBSPACES_INGRESS_FROM: '10.0.0.0/8\nkubernetes.io/metadata.name=edge,tier=front' })
})

test.each([
  [
    'a name that there is none of',
    'domian=x.example',
    /--set: .*unknown option '--domian'\n {2}Did you mean --domain\?/,
  ],
  ['no name', '=x', /name of an option/],
  ['a value that serve would refuse', 'builds=0', /--set: .*'--builds <count>' argument '0' is invalid/],
  ['one line of several', 'ingress-annotation=a=b\nnone', /--set: .*none is not key=value/],
  ['what the pods are given as an argument', 'http-port=1', /manifests give --http-port to the pods/],
  ['the roles', 'roles=git', /manifests give --roles to the pods/],
  ['what is no setting', 'help=1', /unknown option '--help'/],
])('%s is refused', async (_what, setting, message) => {
  const { code, stdout, stderr } = await webspaces([...WORKLOADS, '--set', setting])
  expect([code, stdout]).toEqual([2, ''])
  expect(stderr).toMatch(/^WS_USAGE: /)
  expect(stderr).toMatch(message)
})

test('variables of this shell are no concern of the settings', async () => {
  const env = { WEBSPACES_HTTP_PORT: 'tcp://10.96.0.1:80' }
  const { code } = await webspaces([...WORKLOADS, '--set', 'domain=a.example'], { env })
  expect(code).toBe(0)
})

/** What the ConfigMap holds. */
async function settings(...given: readonly string[]): Promise<unknown> {
  const { stdout } = await webspaces([...WORKLOADS, ...given.flatMap((setting) => ['--set', setting])])
  const objects = parseAllDocuments(stdout).map((document) => document.toJS() as { kind: string; data?: unknown })
  return objects.find(({ kind }) => kind === 'ConfigMap')?.data
}

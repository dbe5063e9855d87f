import { expect, test } from 'vitest'
import { parseManifests } from './parse-manifests.ts'

const customer = `apiVersion: webspaces.dev/v1alpha1
kind: Customer
metadata:
  name: ada
spec:
  name: Ada
  email: ada@example.com
`

const webspace = `apiVersion: webspaces.dev/v1alpha1
kind: Webspace
metadata:
  name: blog
spec:
  customer: ada
  runtime: node
  replicas: 2
`

test('several documents, empty ones passed over', () => {
  const manifests = parseManifests(`---\n${customer}---\n---\n${webspace}`, 'all.yaml')
  expect(manifests.map(({ kind, object }) => `${kind.plural}/${object.metadata.name}`)).toEqual([
    'customers/ada',
    'webspaces/blog',
  ])
})

test('what a file leaves out is not filled in, and what the cluster wrote is not sent back', () => {
  const object = {
    apiVersion: 'webspaces.dev/v1alpha1',
    kind: 'Webspace',
    metadata: { name: 'blog', uid: 'x', resourceVersion: '7', finalizers: ['a/b'], labels: { team: 'web' } },
    spec: { customer: 'ada', runtime: 'node' },
    status: { url: 'http://blog.localhost' },
  }
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [object] })
  expect(parseManifests(list, 'list.json')[0]?.object).toEqual({
    apiVersion: 'webspaces.dev/v1alpha1',
    kind: 'Webspace',
    metadata: { name: 'blog', labels: { team: 'web' } },
    spec: { customer: 'ada', runtime: 'node' },
  })
})

test.each([
  [
    'a wrong value',
    `${customer}---\n${webspace.replace('2', 'two')}`,
    'WS_INVALID',
    /^x\.yaml: document 2, line 16: .*spec\.replicas/,
  ],
  [
    'a missing field',
    customer.replace(/ {2}email.*\n/, ''),
    'WS_INVALID',
    /^x\.yaml: document 1, line 6: .*spec\.email/,
  ],
  [
    'an item of a list',
    `apiVersion: v1\nkind: List\nitems:\n  - {kind: Pod, apiVersion: v1}\n`,
    'WS_MANIFEST_KIND',
    /line 4: kind "Pod"/,
  ],
  [
    'another kind',
    'apiVersion: apps/v1\nkind: Deployment\n',
    'WS_MANIFEST_KIND',
    /line 2: kind "Deployment" of apiVersion "apps\/v1"/,
  ],
  ['our kind of another version', customer.replace('v1alpha1', 'v9'), 'WS_MANIFEST_KIND', /v9/],
  ['no object at all', 'hello\n', 'WS_MANIFEST_KIND', /document 1, line 1: kind \(none\)/],
  ['broken YAML', 'a: [1\nb: 2\n', 'WS_MANIFEST_SYNTAX', /^x\.yaml: line 2: /],
  ['a key given twice', `${customer}  name: Eva\n`, 'WS_MANIFEST_SYNTAX', /line 8: .*unique/],
  ['what is nested too deeply', '['.repeat(100_000), 'WS_MANIFEST_SYNTAX', /^x\.yaml: /],
  [
    'aliases that multiply',
    [
      'a: &a [1,1,1,1,1,1,1,1,1,1]',
      ...'bcdefgh'.split('').map((name, i) => {
        const former = `*${'abcdefgh'[i] ?? ''}`
        return `${name}: &${name} [${Array(10).fill(former).join(',')}]`
      }),
    ].join('\n'),
    'WS_MANIFEST_SYNTAX',
    /alias/i,
  ],
])('%s is refused with its place', (_what, text, code, message) => {
  expect(() => parseManifests(text, 'x.yaml')).toThrow(
    expect.objectContaining({ code, message: expect.stringMatching(message) as string }) as Error,
  )
})

import { execFileSync } from 'node:child_process'
import { mkdir, readdir, readFile, symlink } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Customer, Deployment, RuntimeResource, type WebspacesError } from '@webspaces/core'
import type { FolderCluster } from './folder-cluster.ts'
import { customer, Rig } from './rig.test.kit.ts'

let rig: Rig
beforeEach(async () => {
  rig = await Rig.make()
})
afterEach(() => rig.remove())

const until = <T>(check: () => T | Promise<T>): Promise<T> => vi.waitFor(check, { timeout: 15_000, interval: 10 })
const problemOf = (cluster: FolderCluster, file: string) =>
  cluster.problems.get(rig.path(file)) as WebspacesError | undefined

describe('a file that is broken while the platform runs', () => {
  test('is reported once with its place, leaves the last good state, and is taken over when it is mended', async () => {
    const cluster = await rig.start()
    const good = await cluster.create(Customer, customer('demo'))
    await cluster.create(Customer, customer('other'))
    const text = await readFile(rig.path('customers/demo.yaml'), 'utf8')
    await rig.write('customers/demo.yaml', text.replace('suspended: false', 'suspended: perhaps'))
    await until(() => expect(rig.warnings).toHaveLength(1))
    const line = text.split('\n').findIndex((candidate) => candidate.includes('suspended')) + 1
    expect(rig.warnings[0]).toMatchObject({
      message: 'resource file was refused',
      fields: { file: 'resources/customers/demo.yaml', position: `${line}:3`, error: { code: 'WS_INVALID' } },
    })
    expect(problemOf(cluster, 'customers/demo.yaml')?.message).toMatch(/spec\.suspended/)
    expect(await cluster.get(Customer, { name: 'demo' })).toEqual(good)
    expect((await cluster.list(Customer)).map(({ metadata }) => metadata.name)).toEqual(['demo', 'other'])
    expect(await cluster.patch(Customer, { name: 'other' }, { spec: { name: 'x' } })).toMatchObject({
      spec: { name: 'x' },
    })

    await rig.write('customers/demo.yaml', text.replace('suspended: false', 'suspended: true'))
    await until(async () => expect((await cluster.get(Customer, { name: 'demo' })).spec.suspended).toBe(true))
    expect(cluster.problems.size).toBe(0)
    expect(rig.warnings).toHaveLength(1)
  })

  test('is not written over: the edit would be lost', async () => {
    const cluster = await rig.start()
    await cluster.create(Customer, customer('demo'))
    await rig.write('customers/demo.yaml', 'apiVersion: [')
    await until(() => expect(problemOf(cluster, 'customers/demo.yaml')?.code).toBe('WS_LOCAL_YAML'))
    await expect(cluster.patchStatus(Customer, { name: 'demo' }, { namespace: 'n' })).rejects.toMatchObject({
      code: 'WS_INVALID',
    })
    await expect(cluster.apply(Customer, customer('demo', { name: 'x' }))).rejects.toMatchObject({ code: 'WS_INVALID' })
    expect(await readFile(rig.path('customers/demo.yaml'), 'utf8')).toBe('apiVersion: [')
    await cluster.delete(Customer, { name: 'demo' })
    expect(cluster.problems.size).toBe(0)
  })

  test('a file in the wrong place is reported, and no longer when it is gone', async () => {
    const cluster = await rig.start()
    await rig.write('customers/demo.yaml', JSON.stringify(customer('another')))
    await until(() => expect(problemOf(cluster, 'customers/demo.yaml')?.code).toBe('WS_LOCAL_FILE_PLACE'))
    await rig.write('customers/demo.yml', JSON.stringify(customer('demo')))
    await rig.write('deployments/loose.yaml', '{}')
    await until(() => expect(problemOf(cluster, 'customers/demo.yml')?.code).toBe('WS_LOCAL_FILE_PLACE'))
    await until(() => expect(problemOf(cluster, 'deployments/loose.yaml')?.code).toBe('WS_LOCAL_FILE_PLACE'))
    expect(await cluster.list(Customer)).toEqual([])
    await rig.write('customers/demo.yaml', JSON.stringify(customer('demo')))
    await until(() => cluster.get(Customer, { name: 'demo' }))
  })
})

test('what the system refuses is WS_UNAVAILABLE, and leaves nothing behind', async () => {
  await rig.write('customers', 'not a folder')
  await expect(rig.open().create(Customer, customer('demo'))).rejects.toMatchObject({ code: 'WS_UNAVAILABLE' })
  await expect(rig.start()).rejects.toMatchObject({ code: 'WS_START_FAILED' })
  expect(await readdir(rig.path('.'))).not.toContain('.lock')
})

test('two hundred hostile files: a coded error each, and what is good among them works', async () => {
  await rig.write('customers/good.yaml', JSON.stringify(customer('good')))
  const files = await hostileFiles()
  const cluster = await rig.start()
  expect(files.length).toBeGreaterThanOrEqual(200)
  for (const file of files) {
    expect(problemOf(cluster, file)?.code, file).toMatch(/^WS_(INVALID|LOCAL_YAML|LOCAL_FILE|LOCAL_FILE_PLACE)$/)
  }
  expect(rig.warnings).toHaveLength(files.length)
  expect((await cluster.list(Customer)).map(({ metadata }) => metadata.name)).toEqual(['good'])
  expect(await cluster.list(RuntimeResource)).toEqual([])
  expect(await cluster.list(Deployment)).toEqual([])
  expect(await cluster.patch(Customer, { name: 'good' }, { spec: { suspended: true } })).toMatchObject({
    spec: { suspended: true },
  })
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
})

/** Puts them in place, and returns which. */
async function hostileFiles(): Promise<string[]> {
  const files: string[] = []
  let count = 0
  const put = async (content: string | Uint8Array, kind = 'customers'): Promise<void> => {
    const file = `${kind}/h${++count}.yaml`
    await rig.write(file, content)
    files.push(file)
  }
  const good = (): string => JSON.stringify(customer(`h${count + 1}`))
  const withOptions = (options: string): string =>
    `apiVersion: webspaces.dev/v1alpha1\nkind: Runtime\nmetadata: {name: h${count + 1}}\nspec:\n  options:\n    ${options}\n`

  // Not text, or not YAML
  for (let seed = 0; seed < 40; seed++) {
    await put(Uint8Array.from({ length: 10 + seed * 40 }, (_, index) => (index * 167 + seed * 59 + 0x80) % 256))
  }
  // prettier-ignore
  for (const text of [
    '', ' ', '\n\n', '# nothing', '---', '...', '--- a\n--- b', 'null', '~', '1', 'true', 'text', '"text"', '- a', '[]', '{}', '[', '{',
    '}', ']', '{a', '"', "'", ':', ': :', '- -', '? ', '?', '&', '*', '*a', '&a *a', '&a [*a]', '!!', '!', '%', '%YAML 9.9\n---\n{}', '@',
    '`', '|', '>', 'a: b: c', 'a:\n\tb: c', 'a: 1\n b: 2', '\uFEFF\uFEFF{}', '\u0000', '\u0000{}', 'a: "\\q"', 'a: "\\ud800"', '<<: *x',
    '!!js/function "x"', '!!binary "x"', '!<tag:evil> {}', '#!/bin/sh\nrm -rf /', '<?php system("id");', '<html>', '../../etc/passwd',
    '[[]]]', '{{}}', '{a: 1, a: 2}', 'a: 1\na: 2', '? [a]\n: b', '? {a: b}\n: c', '1: 2', 'true: false',
  ]) await put(text)

  // Deep, large, and growing
  for (const depth of [70, 500, 20_000, 200_000]) {
    await put('['.repeat(depth))
    await put('['.repeat(depth) + ']'.repeat(depth))
    await put('{"a":'.repeat(depth) + '1' + '}'.repeat(depth))
    await put('- '.repeat(depth))
    await put(withOptions(`a: ${'['.repeat(depth)}${']'.repeat(depth)}`), 'runtimes')
  }
  await put('a'.repeat(1024 * 1024 + 1))
  await put(new Uint8Array(2 * 1024 * 1024))
  await put(`${good()}\n${'#'.repeat(1024 * 1024)}`)
  const laughs = ['a0: &a0 [x, x, x, x, x, x, x, x, x]']
  for (let n = 1; n < 20; n++)
    laughs.push(
      `a${n}: &a${n} [${Array(9)
        .fill(`*a${n - 1}`)
        .join(', ')}]`,
    )
  await put(laughs.join('\n'))
  await put(withOptions(laughs.join('\n    ')), 'runtimes')
  await put(withOptions('a: &a {b: *a}'), 'runtimes')
  await put(
    withOptions(Array.from({ length: 200 }, (_, n) => (n === 0 ? 'k0: &x [1]' : `k${n}: *x`)).join('\n    ')),
    'runtimes',
  )

  // YAML, but not the resource
  // prettier-ignore
  const broken: [string, string][] = [
    ['"kind":"Customer"', '"kind":"Runtime"'], ['"kind":"Customer"', '"kind":7'], ['"kind":"Customer",', ''], ['v1alpha1', 'v9'],
    ['"metadata":{', '"metadata":{"namespace":"n",'], ['"metadata":{', '"metadata":{"uid":7,'], ['"metadata":{', '"metadata":{"labels":["a"],'],
    ['"metadata":{', '"metadata":{"labels":{"a":1},'], ['"metadata":{', '"metadata":{"labels":{"a b":"c"},'], ['"metadata":{', '"metadata":{"lables":{},'],
    ['"metadata":{', '"metadata":{"labels":{"a":"x y"},'], ['"metadata":{', '"metadata":{"finalizers":"x",'], ['"metadata":{', '"metadata":{"finalizers":[""],'],
    ['"metadata":{', '"metadata":{"ownerReferences":[{}],'], ['"metadata":{', '"metadata":{"generation":"1",'], ['"metadata":{', '"metadata":{"annotations":{"a":{}},'],
    ['"metadata":{', '"metadata":{"__proto__":{"polluted":1},'], ['"spec":{', '"spec":{"__proto__":{"polluted":1},'], ['{"api', '{"__proto__":{"polluted":1},"api'],
    ['"spec":{', '"spec":{"constructor":{"prototype":{"polluted":1}},'], ['"spec":{', '"spec":{"sshKey":"x",'], ['"sshKeys":[]', '"sshKeys":{}'],
    ['"sshKeys":[]', '"sshKeys":[1]'], ['"sshKeys":[]', `"sshKeys":["${'x'.repeat(20_000)}"]`], ['"sshKeys":[]', `"sshKeys":[${Array(101).fill('"x"').join()}]`],
    ['@example.com', ''], ['"suspended":false', '"suspended":"false"'], ['"suspended":false', '"suspended":0'], ['"suspended":false', '"suspended":null'],
  ]
  for (const [from, to] of broken) await put(good().replace(from, to))
  // prettier-ignore
  const names = ['../x', '..', '/etc/passwd', 'a/b', '', 'UPPER', '-x', 'x-', 'x--y', 'a\\u0000b', '--help', '$(id)', '%00', 'ä', 'x'.repeat(300), '__proto__', 'constructor', 'h', '.', 'a.b']
  for (const name of names) await put(good().replace(/"name":"h[0-9]+"/, `"name":"${name}"`))
  for (const name of ['null', '1', '[]', '{}', 'true']) await put(good().replace(/"name":"h[0-9]+"/, `"name":${name}`))
  await put(good(), 'deployments')
  for (const namespace of ['other', '..', '', 7]) {
    const file = `deployments/n/h${++count}.yaml`
    await rig.write(
      file,
      JSON.stringify({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: `h${count}`, namespace },
        spec: {},
      }),
    )
    files.push(file)
  }
  for (const name of ['UPPER', '-x', 'a b', '$(id)', 'ä', "a'b", 'a;b', 'a..']) {
    await rig.write(`customers/${name}.yaml`, JSON.stringify(customer('x')))
    files.push(`customers/${name}.yaml`)
  }

  // Not regular files
  await rig.write('../outside.yaml', JSON.stringify(customer('linked')))
  await symlink(rig.path('../outside.yaml'), rig.path('customers/linked.yaml'))
  await symlink('/dev/zero', rig.path('customers/endless.yaml'))
  await symlink('nowhere', rig.path('customers/dangling.yaml'))
  await mkdir(rig.path('customers/folder.yaml'))
  execFileSync('mkfifo', [rig.path('customers/pipe.yaml')])
  files.push(...['linked', 'endless', 'dangling', 'folder', 'pipe'].map((name) => `customers/${name}.yaml`))
  return files
}

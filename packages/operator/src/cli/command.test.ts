import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { MAIN, temporaryFolder, webspaces } from './command.test.kit.ts'

const customer = (name: string, email = `${name}@example.com`): string => `apiVersion: webspaces.dev/v1alpha1
kind: Customer
metadata:
  name: ${name}
spec:
  name: ${name.toUpperCase()}
  email: ${email}
---
`

const webspace = (name: string, more = ''): string => `apiVersion: webspaces.dev/v1alpha1
kind: Webspace
metadata:
  name: ${name}
spec:
  customer: ada
  runtime: node
${more}---
`

test.each([
  ['--help'],
  ['up', '--help'],
  ['apply', '--help'],
  ['get', '--help'],
  ['delete', '--help'],
  ['logs', '--help'],
])('webspaces %s %s shows usage and examples', async (...args) => {
  const { code, stdout, stderr } = await webspaces(args)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^Usage: webspaces/)
  expect(stdout).toContain('Examples:\n  $ webspaces')
})

test.each([
  [['aply'], /unknown command 'aply'\n {2}Did you mean apply\?/],
  [['up', '--ssh-prt', '1'], /unknown option '--ssh-prt'\n {2}Did you mean --ssh-port\?/],
  [['up', '--ssh-port', '65536'], /'--ssh-port <port>' argument '65536' is invalid/],
  [['up', '--http-port', '-1'], /--http-port/],
  [['up', '--host', 'localhost:80'], /'--host <address>' argument 'localhost:80' is invalid/],
  [['up', '--ssh-port', '7000', '--http-port', '7000'], /are both 7000/],
  [['get'], /missing required argument 'kind'/],
  [['get', 'websites'], /unknown kind of resource "websites"\n {2}Kinds are: .*webspaces, ws/],
  [['get', 'ws', '-o', 'table'], /Allowed choices are wide, json, yaml/],
  [['apply'], /required option '-f, --filename <file>'/],
  [['logs', 'blog', '--tail', 'all'], /--tail/],
])('webspaces %j is wrong usage, and says what would be right', async (args, message) => {
  const { code, stdout, stderr } = await webspaces([...args])
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(/^WS_USAGE: /)
  expect(stderr).toMatch(message)
})

test.each([[['get', 'webspaces']], [['delete', 'webspace', 'blog']], [['logs', 'blog']]])(
  'webspaces %j without a folder says how to get one',
  async (args) => {
    const { code, stderr } = await webspaces([...args, '--dir', join(temporaryFolder(), 'none')])
    expect(code).toBe(1)
    expect(stderr).toMatch(/^WS_FOLDER_MISSING: .*\n.*webspaces up/)
  },
)

test('resources are applied, shown and deleted while no platform runs', async () => {
  const dir = join(temporaryFolder(), 'sites')
  const env = { WEBSPACES_DIR: dir }
  const text = customer('ada') + webspace('blog')
  const say = (word: string): string => `customer.webspaces.dev/ada ${word}\nwebspace.webspaces.dev/blog ${word}\n`

  expect(await webspaces(['apply', '-f', '-'], { input: text, env })).toEqual({
    code: 0,
    stdout: say('created'),
    stderr: '',
  })
  expect((await webspaces(['apply', '-f', '-'], { input: text, env })).stdout).toBe(say('unchanged'))

  const file = join(temporaryFolder(), 'blog.yaml')
  writeFileSync(file, webspace('blog', '  replicas: 3\n'))
  expect((await webspaces(['apply', '-f', file, '--dir', dir])).stdout).toBe('webspace.webspaces.dev/blog configured\n')

  const shown = await webspaces(['get', 'ws', '--dir', dir])
  expect(shown.stdout).toMatch(/^NAME +CUSTOMER +RUNTIME +URL +REPLICAS +RELEASE +READY +AGE\n/)
  expect(shown.stdout).toMatch(/\nblog +ada +node +<none> +0\/3 +<none> +Unknown +\d+s\n$/)
  expect((await webspaces(['get', 'webspaces.webspaces.dev', 'blog', '-o', 'wide'], { env })).stdout).toContain(
    'CLONE-URL',
  )
  expect((await webspaces(['get', 'Release'], { env })).stderr).toBe('No resources found\n')

  const one = JSON.parse((await webspaces(['get', 'customer', 'ada', '-o', 'json'], { env })).stdout) as object
  expect(one).toMatchObject({ kind: 'Customer', metadata: { name: 'ada' }, spec: { email: 'ada@example.com' } })

  const list = await webspaces(['get', 'cust', '-o', 'yaml'], { env })
  expect(list.stdout).toMatch(/^apiVersion: v1\nkind: List\nitems:\n {2}- apiVersion: webspaces.dev\/v1alpha1\n/)
  expect(list.stdout).not.toContain('managedFields')
  await webspaces(['apply', '-f', '-'], { input: list.stdout, env })
  const again = await webspaces(['apply', '-f', '-'], { input: list.stdout, env })
  expect(again.stdout).toBe('customer.webspaces.dev/ada unchanged\n')

  const deleted = await webspaces(['delete', 'customer', 'ada', '--dir', dir])
  expect(deleted).toMatchObject({ code: 0, stdout: 'customer.webspaces.dev "ada" deleted\n' })
  const missing = await webspaces(['delete', 'customer', 'ada', '--dir', dir])
  expect(missing.code).toBe(1)
  expect(missing.stderr).toMatch(/^WS_NOT_FOUND: .*ada/)
})

test('one wrong document among several: nothing is applied', async () => {
  const dir = join(temporaryFolder(), 'sites')
  const [good, bad] = [join(temporaryFolder(), 'good.yaml'), join(temporaryFolder(), 'bad.yaml')]
  writeFileSync(good, customer('ada'))
  writeFileSync(bad, customer('eve') + customer('mallory', 'not-an-address'))
  const { code, stdout, stderr } = await webspaces(['apply', '-f', good, '-f', bad, '--dir', dir])
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toMatch(/^WS_INVALID: .*bad\.yaml: document 2, line 15: Customer "mallory": spec\.email: /)
  expect(existsSync(dir)).toBe(false)
})

test.each([
  ['missing.yaml', undefined, /^WS_MANIFEST_UNREADABLE: .*missing\.yaml/],
  ['empty.yaml', '# nothing\n', /^WS_MANIFEST_SYNTAX: no resource in .*empty\.yaml/],
  ['large.yaml', '#'.repeat(5_000_000), /^WS_MANIFEST_UNREADABLE: .*larger than/],
  ['binary.yaml', Buffer.from([0xff, 0xfe, 0x00]), /^WS_MANIFEST_UNREADABLE: /],
])('%s is refused', async (name, content, message) => {
  const file = join(temporaryFolder(), name)
  if (content !== undefined) writeFileSync(file, content)
  const { code, stderr } = await webspaces(['apply', '-f', file, '--dir', join(temporaryFolder(), 'sites')])
  expect(code).toBe(1)
  expect(stderr).toMatch(message)
})

test('two processes that apply at the same time lose nothing', async () => {
  const dir = temporaryFolder()
  const names = ['ada', 'bob', 'eve', 'joe']
  await Promise.all(names.map((name) => webspaces(['apply', '-f', '-', '--dir', dir], { input: customer(name) })))
  const { stdout } = await webspaces(['get', 'customers', '--dir', dir])
  expect(
    stdout
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => line.split(' ')[0]),
  ).toEqual(names)
})

test('a name cannot lead out of the folder', async () => {
  const folder = temporaryFolder()
  const dir = join(folder, 'sites')
  await webspaces(['apply', '-f', '-', '--dir', dir], { input: customer('ada') })
  writeFileSync(join(folder, 'secret.yaml'), customer('secret'))
  for (const args of [['get'], ['delete']]) {
    const { code, stdout } = await webspaces([...args, 'customer', '../../../secret', '--dir', dir])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  }
  expect(readdirSync(folder)).toContain('secret.yaml')
})

test('a reader that has seen enough ends the command without a complaint', async () => {
  const dir = temporaryFolder()
  await webspaces(['apply', '-f', '-', '--dir', dir], { input: customer('ada') })
  const child = spawn('sh', ['-c', `"$0" "$1" get cust -o yaml --dir "$2" | true`, process.execPath, MAIN, dir])
  let stderr = ''
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()))
  await once(child, 'close')
  expect(stderr).toBe('')
})

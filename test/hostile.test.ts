import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from './support/eventually.ts'
import type { Person, Site } from './support/person.ts'
import { Platform } from './support/platform.ts'
import { resource } from './support/resources.ts'
import { must, run, type Ended } from './support/run.ts'
import { nodeSite } from './support/sites.ts'

let platform: Platform
let ada: Person
let site: Site
let head: string

beforeAll(async () => {
  platform = await Platform.start()
  ada = await platform.customer('ada', { blog: {} })
  site = await ada.site('blog', nodeSite('well'), platform.cloneUrl('blog'))
  await must(site.push())
  head = await site.head()
})
afterAll(() => platform.remove())

/** After each group: the site answers, the platform is the same process, and the next push works. */
async function unharmed(): Promise<void> {
  const { pid } = platform
  expect((await platform.fetch('blog.localhost')).body).toBe('well')
  expect(() => process.kill(pid, 0)).not.toThrow()
  await site.commit({ 'note.txt': String(Math.random()) })
  await must(site.push())
  head = await site.head()
}

function exec(command: string, input = ''): Promise<Ended> {
  const args = [...ada.sshOptions, '-p', String(platform.sshPort), 'git@127.0.0.1', command]
  return run('ssh', args, { env: ada.environment, input })
}

const CODE = /\bWS_[A-Z_]+\b/
const long = 'x'.repeat(20_000)

/** Every one is refused with a code; a few at a time. */
async function refused<T>(inputs: readonly T[], send: (input: T) => Promise<Ended>): Promise<void> {
  const waiting = [...inputs]
  const worker = async (): Promise<void> => {
    for (let input = waiting.pop(); input !== undefined; input = waiting.pop()) {
      const { code, output } = await send(input)
      const shown = JSON.stringify(input).slice(0, 200)
      expect(code, `${shown}: ${output.slice(0, 500)}`).not.toBe(0)
      expect(output, shown).toMatch(CODE)
      expect(output, shown).not.toMatch(/uid=|root:|\n\s+at /)
    }
  }
  await Promise.all([worker(), worker(), worker(), worker()])
}

const commands = [
  ...[
    'id',
    'sh',
    '/bin/sh -i',
    'bash -c id',
    'sftp',
    'internal-sftp',
    'scp -t /tmp',
    'rsync --server . /',
    'help',
    'git -h',
  ],
  ...[
    "git-upload-pack 'blog'; id",
    "git-upload-pack 'blog' && id",
    "git-upload-pack 'blog' | id",
    "git-upload-pack 'blog'\nid",
  ],
  ...[
    'git-upload-pack $(id)',
    'git-upload-pack `id`',
    "git-upload-pack 'blog' > /tmp/x",
    "git-upload-pack 'blog' --exec=id",
  ],
  ...[
    "git-upload-pack --strict 'blog'",
    "git-upload-pack --timeout=1 'blog'",
    'git-upload-pack',
    "git-upload-pack ''",
    "git-upload-pack ' '",
  ],
  ...[
    "git-upload-pack 'blog' 'shop'",
    "git-upload-pack 'blog",
    "git-upload-pack blog'",
    "git-upload-pack 'bl\\'og'",
    'git-upload-pack "blog\\""',
  ],
  ...[
    'git upload-pack',
    "git  'blog'",
    'git push',
    'git config --global x y',
    "git -c core.sshCommand=id upload-pack 'blog'",
    "git --exec-path=/tmp upload-pack 'blog'",
  ],
  ...[
    "GIT-UPLOAD-PACK 'blog'",
    "git-upload-packs 'blog'",
    'git-lfs-authenticate blog download',
    'git-lfs-transfer blog upload',
    'git-shell -c id',
  ],
  ...[
    "git-receive-pack --quiet 'blog'",
    "git-receive-pack 'blog' -- x",
    "git-upload-archive --remote=x 'blog'",
    'git-http-backend',
    'git-daemon',
  ],
  ...[
    `git-upload-pack '${long}'`,
    long,
    `git-upload-pack ${' '.repeat(5000)}`,
    '\u0001\u0002\u0003',
    '\u001b]0;title\u0007',
    '💥',
    '"',
    "'",
    '\\',
    '%s%n%x',
  ],
]

const names = [
  ...[
    '..',
    '.',
    '...',
    '../blog',
    'blog/..',
    'blog/../shop',
    './blog',
    'blog/',
    'blog//',
    '//blog',
    'blog.git.git',
    '.git',
    'blog.GIT',
  ],
  ...[
    '/etc/passwd',
    '~root',
    '~/blog',
    'C:\\blog',
    '\\\\host\\share',
    'BLOG',
    'Blog',
    'blog%00',
    'blog\u202egolb',
    'bl og',
  ],
  ...[
    '-blog',
    '--help',
    '-oProxyCommand=id',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '*',
    'b*',
    '[a-z]',
    '{blog}',
    '${blog}',
  ],
]

const packs = [
  '',
  'hello',
  '0000',
  '0001',
  '0002',
  '0003',
  '0004',
  'fffe',
  'ffff' + 'x'.repeat(70_000),
  'zzzz',
  '000fhello world',
  '\0'.repeat(1000),
  'PACK\0\0\0\u0002\0\0\0\u0001',
  update('refs/heads/main', '1'.repeat(40)),
  update('refs/heads/main', 'x'.repeat(40)),
  update('refs/heads/../../x', '1'.repeat(40)),
  update('HEAD', '1'.repeat(40)),
  update('refs/heads/', '1'.repeat(40)),
  update('refs/heads/a', '1'.repeat(40)) + 'PACK',
  update('refs/heads/a', '1'.repeat(40)) + 'PACK\0\0\0\u0002\0\0\0\u0001garbage',
  update('refs/heads/a', '1'.repeat(40)) + 'PACK\0\0\0\u0002\u007f\u007f\u007f\u007f',
  update('refs/heads/a', '1'.repeat(40)) + 'NOPE\0\0\0\u0002\0\0\0\u0001' + 'x'.repeat(5000),
  line('push-cert\0report-status\n') + '0000',
  line('shallow 1234\n') + '0000',
  line(`${'0'.repeat(40)} ${'1'.repeat(40)} refs/heads/a\0 object-format=sha999`) + '0000',
]

const templates = [
  '<%= process.env %>',
  '<% process.exit(1) %>',
  '<%~ it.x %>',
  '<%= it.constructor.constructor("return process")() %>',
  '<%= it.a["b"] %>',
  '<%= this %>',
  '<%= globalThis.process %>',
  '<%= require("fs") %>',
  '<%= import("fs") %>',
  '<% while (true) {} %>',
  '<% for (;;) { %><% } %>',
  '<% for (const x of [1]) { %><% } %>',
  '<% for (const __eta of it.x) { %><% } %>',
  '<% if (it.a) { process.exit() } %>',
  '<% if (it.a) { %>',
  '<% } %>',
  '<%= it.a; process.exit() %>',
  '<%= it.a /* */ %>',
  '<%= `x` %>',
  '<%= it.__proto__.x %>',
  '<%',
  '<%= it.a',
  '<%%= it.a %>',
  "<%= include('x') %>",
  '<% layout("x") %>',
  '<%# comment %>',
  '<%= it?.a %>',
  '<%= it.a ?? 1 %>',
  '<%= -it.a %>',
  '<%= it %><%= it.toString() %>',
  '<% delete it.a %>',
  '<% throw it.a %>',
  '<% await it.a %>',
  '<%= it.a\n.b() %>',
  '<%= it.a, process %>',
  '<% for (const x in it) { %><% } %>',
  '<% if (it.a) %><% { %>',
  '<% } else { %>',
  '<%= __eta %>',
  '<%= it.prototype %>',
  '<%= it.\\u0061 %>',
]

const webspace = (spec: unknown, name: unknown = 'x'): string =>
  JSON.stringify({ ...resource('Webspace', 'x', {}), metadata: { name }, spec })
const good = { customer: 'ada', runtime: 'node' }
const files = [
  'not: [closed',
  '\u0000\u0001\u0002',
  '{}',
  '[]',
  '42',
  'kind: Webspace',
  'apiVersion: v1\nkind: Secret\nmetadata: {name: x}',
  'apiVersion: webspaces.dev/v2\nkind: Webspace\nmetadata: {name: x}\nspec: {}',
  'apiVersion: webspaces.dev/v1alpha1\nkind: Nothing\nmetadata: {name: x}\nspec: {}',
  webspace(good, '../x'),
  webspace(good, 'X'),
  webspace(good, ''),
  webspace(good, 7),
  webspace(good, null),
  webspace(good, { $ref: 'x' }),
  webspace(good, 'x'.repeat(300)),
  webspace(good, '__proto__'),
  webspace(null),
  webspace('text'),
  webspace([]),
  webspace({}),
  webspace({ ...good, customer: '' }),
  webspace({ ...good, customer: ['ada'] }),
  webspace({ ...good, replicas: 1e9 }),
  webspace({ ...good, replicas: -1 }),
  webspace({ ...good, replicas: '2' }),
  webspace({ ...good, domain: 'a b' }),
  webspace({ ...good, domain: '-x.example' }),
  webspace({ ...good, domain: `${'a.'.repeat(200)}example` }),
  webspace({ ...good, domain: 'evil.example/path' }),
  webspace({ ...good, domain: 'evil.example\n' }),
  webspace({ ...good, aliases: Array.from({ length: 1000 }, (_, i) => `a${i}.example`) }),
  webspace({ ...good, branch: '--help' }),
  webspace({ ...good, branch: 'a..b' }),
  webspace({ ...good, env: [{ name: 'A=B', value: 'x' }] }),
  webspace({ ...good, env: [{ name: 'LD_PRELOAD', value: 'x\0y' }] }),
  webspace({ ...good, env: [{ name: 'A', value: long.repeat(3) }] }),
  webspace({ ...good, previews: { max: 1e6 } }),
  webspace({ ...good, previews: { ttl: '-1d' } }),
  webspace({ ...good, unknown: true }),
  webspace({ ...good, resources: { limits: { memory: 'lots' } } }),
  'apiVersion: webspaces.dev/v1alpha1\nkind: Customer\nmetadata: {name: eve}\nspec: {name: Eve, email: nobody}',
  'apiVersion: webspaces.dev/v1alpha1\nkind: Customer\nmetadata: {name: eve}\nspec: {name: Eve, email: e@x.example, sshKeys: text}',
  'a: &a [x, x]\nb: &b [*a, *a, *a, *a]\nc: &c [*b, *b, *b, *b]\nd: &d [*c, *c, *c, *c]\ne: &e [*d, *d, *d, *d]\nf: [*e, *e, *e, *e]',
  '!!js/function "function () { process.exit() }"',
  '['.repeat(5000),
  'x: 1\nx: 2',
  '---\n'.repeat(5000),
]

function line(text: string): string {
  return (text.length + 4).toString(16).padStart(4, '0') + text
}

function update(ref: string, oid: string): string {
  return `${line(`${'0'.repeat(40)} ${oid} ${ref}\0 report-status`)}0000`
}

test('there are at least 200 of them', () => {
  const all = [commands, names, packs, templates, files]
  expect(all.reduce((sum, group) => sum + group.length, 0)).toBeGreaterThanOrEqual(200)
})

describe('a coded error each, and the platform keeps answering', () => {
  test('commands', async () => {
    await refused(commands, (command) => exec(command))
    await unharmed()
  })

  test('names of repositories', async () => {
    await refused(names, (name) => exec(`git-upload-pack '${name.replaceAll("'", `'\\''`)}'`))
    await unharmed()
  })

  test('pack data', async () => {
    // Saying nothing, or only a packet that ends a list, is no error of the protocol; it must do nothing.
    const nothings = ['', '0000', '0001', '0002']
    const inputs = packs.filter((pack) => !nothings.includes(pack))
    await refused(inputs, (pack) => exec("git-receive-pack 'blog'", pack))
    for (const nothing of nothings) await exec("git-receive-pack 'blog'", nothing)
    expect((await must(site.git('ls-remote', 'origin'))).stdout).toBe(`${head}\tHEAD\n${head}\trefs/heads/main\n`)
    await unharmed()
  })

  test('templates, in the status of their Runtime', async () => {
    interface Status {
      readonly status?: {
        readonly conditions?: readonly { readonly type: string; readonly reason: string; readonly message: string }[]
      }
    }
    await platform.apply(...templates.map((dockerfile, index) => resource('Runtime', `evil-${index}`, { dockerfile })))
    await eventually(
      () => platform.list<Status & { metadata: { name: string } }>('runtimes'),
      (runtimes) =>
        runtimes
          .filter(({ metadata }) => metadata.name.startsWith('evil-'))
          .every(({ status }) =>
            status?.conditions?.some(
              ({ type, reason, message }) =>
                type === 'Ready' && reason === 'TemplateRefused' && /line \d+, column \d+/.test(message),
            ),
          ),
    )
    await unharmed()
  })

  test('resources that are applied', async () => {
    await refused(files, (text) => platform.command(['apply', '-f', '-'], text))
    await unharmed()
  })

  test('resources that are put into the folder by hand', async () => {
    const before = platform.output.length
    await Promise.all(
      files.map((text, index) => writeFile(join(platform.dir, 'resources', 'webspaces', `evil-${index}.yaml`), text)),
    )
    const reported = (): string => platform.output.slice(before)
    await eventually(reported, (log) => files.every((_, index) => log.includes(`evil-${index}.yaml`)))
    expect(reported()).toMatch(CODE)
    expect(await platform.list('webspaces')).toHaveLength(1)
    await unharmed()
  })
})

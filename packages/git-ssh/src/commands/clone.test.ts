import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import ssh2 from 'ssh2'
import {
  commitAll,
  run,
  startProgram,
  startTestServer,
  testEnvironment,
  until,
  type TestServer,
} from '../test-server.test.kit.ts'

let server: TestServer
let work: string

beforeEach(async () => {
  server = await startTestServer()
  work = await server.workTree()
})
afterEach(() => server.stop())

test('an empty Webspace can be cloned before anything was pushed', async () => {
  const { code, stderr } = await server.git(['clone', server.url('blog'), 'copy'])
  expect(code).toBe(0)
  expect(stderr).toContain('empty repository')
  const head = await run('git', ['symbolic-ref', 'HEAD'], {
    cwd: join(server.folder, 'copy'),
    env: testEnvironment(server.folder),
  })
  expect(head.stdout.trim()).toBe('refs/heads/main')
})

test.each(['0', '1', '2'])('protocol version %s works', async (version) => {
  await server.git(['push', server.url('blog'), 'main'], { cwd: work })
  const trace = await server.git(['-c', `protocol.version=${version}`, 'ls-remote', server.url('blog')], {
    env: { GIT_TRACE_PACKET: '1' },
  })
  expect(trace.stdout).toContain('refs/heads/main')
  expect(trace.stderr.includes(`< version ${version}`)).toBe(version !== '0')
})

test.each(['ssh://git@127.0.0.1:PORT/blog.git', 'ssh://git@127.0.0.1:PORT/blog', 'ssh://git@127.0.0.1:PORT/blog/'])(
  '%s is a clone URL',
  async (url) => {
    expect((await server.git(['ls-remote', url.replace('PORT', String(server.port))])).code).toBe(0)
  },
)

test('fetch brings what is new, partial and shallow clones work', async () => {
  await server.git(['push', server.url('blog'), 'main'], { cwd: work })
  await server.git(['clone', '-q', server.url('blog'), 'copy'])
  await commitAll(work, 'second')
  await server.git(['push', server.url('blog'), 'main'], { cwd: work })
  expect((await server.git(['pull', '-q', '--ff-only'], { cwd: join(server.folder, 'copy') })).code).toBe(0)
  expect((await server.git(['clone', '-q', '--depth', '1', server.url('blog'), 'shallow'])).code).toBe(0)
  const partial = await server.git(['clone', '-q', '--filter=blob:none', server.url('blog'), 'partial'])
  expect(partial).toMatchObject({ code: 0, stderr: '' })
})

test('git archive --remote gets the files of a branch', async () => {
  await server.git(['push', server.url('blog'), 'main'], { cwd: work })
  const { code, stderr } = await server.git(['archive', `--remote=${server.url('blog')}`, '-o', 'out.tar', 'main'])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(execFileSync('tar', ['-tf', join(server.folder, 'out.tar')]).toString()).toBe('index.html\n')
})

test('a broken repository is told with an id, and git’s own words with paths in them go to the log', async () => {
  const path = await server.store.ensure('blog', 'main')
  await mkdir(join(path, 'refs', 'heads'), { recursive: true })
  await writeFile(join(path, 'config'), '[core\nbroken')
  const { code, stderr } = await server.git(['ls-remote', server.url('blog')])
  expect(code).toBe(128)
  expect(stderr).toMatch(/webspaces: WS_GIT_FAILED: git-upload-pack ended with 128 \(id [-0-9a-f]{36}\)/)
  expect(stderr).not.toContain(server.folder)
  const failed = server.logs.filter(({ message }) => message === 'command failed')
  expect(failed).toHaveLength(1)
  expect(failed[0]?.fields['error']).toMatchObject({
    details: { stderr: expect.stringContaining('config') as unknown },
  })
})

test('a client that stops reading holds git back, and takes it along when it goes', async () => {
  await writeFile(join(work, 'big'), randomBytes(30_000_000))
  const oid = await commitAll(work, 'big')
  await server.git(['push', server.url('blog'), 'main'], { cwd: work })
  const client = new ssh2.Client()
  client.on('error', () => undefined)
  await new Promise((resolve) => {
    client.once('ready', () => resolve(undefined))
    client.connect({ host: '127.0.0.1', port: server.port, username: 'git', privateKey: server.keys.alice.privateKey })
  })
  client.exec("git-upload-pack 'blog.git'", { env: { GIT_PROTOCOL: 'version=2' } }, (_error, channel) => {
    // The whole pack is asked for, and nothing of it read.
    channel.write(`0011command=fetch0001000fno-progress0032want ${oid}\n0009done\n0000`)
  })
  const packing = () => gitProcesses(server.folder, /upload-pack/)
  await until(() => packing().length > 0, 'git works')
  // Far longer than it would take to send all of it.
  await new Promise((resolve) => setTimeout(resolve, 1000))
  expect(packing()).not.toEqual([])
  client.destroy()
  await until(() => gitProcesses(server.folder, /./).length === 0, 'no git is left')
})

test('a client that no longer answers is ended', async () => {
  await server.stop()
  server = await startTestServer({ keepaliveMs: 100, keepaliveMisses: 2 })
  const frozen = startProgram(
    'ssh',
    [
      ...server.sshOptions(server.keys.alice.file),
      '-p',
      String(server.port),
      'git@127.0.0.1',
      "git-upload-pack 'blog.git'",
    ],
    {
      cwd: server.folder,
      env: testEnvironment(server.folder),
    },
  )
  await until(() => gitProcesses(server.folder, /upload-pack/).length > 0, 'git waits for the client')
  frozen.signal('SIGSTOP')
  await until(() => gitProcesses(server.folder, /./).length === 0, 'no git is left')
  frozen.kill()
})

/** Git processes that have this folder in their command line or below it. */
function gitProcesses(folder: string, name: RegExp): string[] {
  const lines = execFileSync('ps', ['-eo', 'args']).toString().split('\n')
  return lines
    .filter((line) => line.startsWith('git ') || line.startsWith('/usr/lib/git-core/'))
    .filter((line) => line.includes(folder) && name.test(line))
}

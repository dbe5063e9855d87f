import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startPlatform, temporaryFolder, webspaces } from '../command.test.kit.ts'

interface PlatformFile {
  readonly ssh: { readonly host: string; readonly port: number }
  readonly http: { readonly host: string; readonly port: number }
  readonly pid: number
}

const readPlatformFile = (dir: string): PlatformFile =>
  JSON.parse(readFileSync(join(dir, 'platform.json'), 'utf8')) as PlatformFile

test('the ready line and platform.json name the addresses that answer, until SIGTERM', async () => {
  const dir = join(temporaryFolder(), 'sites')
  const platform = await startPlatform(dir)
  const { ssh, http, pid } = readPlatformFile(dir)
  expect(pid).toBe(platform.child.pid)
  expect(platform.ready).toBe(`ready  ssh://git@127.0.0.1:${ssh.port}  http://127.0.0.1:${http.port}`)
  expect((await fetch(`http://127.0.0.1:${http.port}/`)).status).toBe(200)

  const { code, stdout } = await platform.stop('SIGTERM')
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${platform.ready}\n` })
  expect(existsSync(join(dir, 'platform.json'))).toBe(false)
  expect(existsSync(join(dir, 'platform.lock'))).toBe(false)
  await expect(fetch(`http://127.0.0.1:${http.port}/`)).rejects.toThrow()
})

test('a second platform on the folder is refused with the pid of the first; after kill -9 it just starts', async () => {
  const dir = temporaryFolder()
  const first = await startPlatform(dir)
  const refused = await webspaces(['up', '--dir', dir, '--ssh-port', '0', '--http-port', '0'])
  expect(refused).toMatchObject({ code: 1, stdout: '' })
  expect(refused.stderr).toMatch(new RegExp(`^WS_FOLDER_HELD: .*pid ${first.child.pid}\\n`))
  expect(readPlatformFile(dir).pid).toBe(first.child.pid)

  await first.stop('SIGKILL')
  const second = await startPlatform(dir)
  expect(readPlatformFile(dir).pid).toBe(second.child.pid)
  expect((await second.stop('SIGINT')).code).toBe(0)
})

test('a port that is taken is named before anything starts', async () => {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const dir = temporaryFolder()
  const { code, stdout, stderr } = await webspaces(['up', '--dir', dir, '--ssh-port', String(port), '--http-port', '0'])
  server.close()
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toMatch(new RegExp(`^WS_PORT_UNAVAILABLE: .*port ${port}\\n.*--ssh-port 0`))
  expect(existsSync(join(dir, 'platform.lock'))).toBe(false)
})

test('a folder that cannot be made is named', async () => {
  const { code, stderr } = await webspaces(['up', '--dir', '/dev/null/sites'])
  expect(code).toBe(1)
  expect(stderr).toMatch(/^WS_FOLDER_UNUSABLE: \/dev\/null\/sites: /)
})

test('listening beyond this machine draws a warning', async () => {
  const platform = await startPlatform(temporaryFolder(), ['--host', '0.0.0.0', '--log-level', 'silent'])
  expect(platform.output().stderr).toMatch(/^WARNING: listening on 0\.0\.0\.0/)
})

test('JSON logs are one object a line', async () => {
  const platform = await startPlatform(temporaryFolder(), ['--log-format', 'json'])
  const { stderr } = await platform.stop()
  const lines = stderr
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as object)
  expect(lines).toContainEqual(expect.objectContaining({ level: 'info', msg: 'platform stopped' }))
})

test('what another process applies, the running platform takes up, and what it deletes goes', async () => {
  const dir = temporaryFolder()
  await startPlatform(dir)
  const input = JSON.stringify({
    apiVersion: 'v1',
    kind: 'List',
    items: [
      { kind: 'Customer', metadata: { name: 'ada' }, spec: { name: 'Ada', email: 'ada@example.com' } },
      { kind: 'Runtime', metadata: { name: 'node' }, spec: { plugin: 'node' } },
      { kind: 'Webspace', metadata: { name: 'blog' }, spec: { customer: 'ada', runtime: 'node' } },
    ].map((item) => ({ apiVersion: 'webspaces.dev/v1alpha1', ...item })),
  })
  expect((await webspaces(['apply', '-f', '-', '--dir', dir], { input })).code).toBe(0)
  const cloneUrl = `ssh://git@127.0.0.1:${readPlatformFile(dir).ssh.port}/blog.git`
  await expect
    .poll(async () => (await webspaces(['get', 'ws', 'blog', '-o', 'wide', '--dir', dir])).stdout, { timeout: 15_000 })
    .toContain(cloneUrl)
  await expect.poll(() => existsSync(join(dir, 'repositories', 'blog.git')), { timeout: 15_000 }).toBe(true)

  const deleted = await webspaces(['delete', 'ws', 'blog', '--dir', dir])
  expect(deleted).toEqual({ code: 0, stdout: 'webspace.webspaces.dev "blog" deleted\n', stderr: '' })
  expect(existsSync(join(dir, 'repositories', 'blog.git'))).toBe(false)
  expect((await webspaces(['get', 'ws', '--dir', dir])).stderr).toBe('No resources found\n')
})

import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Customer, Webspace } from '@webspaces/core'
import ssh2 from 'ssh2'
import { customer, startTestServer, until, webspace, type TestServer } from '../test-server.test.kit.ts'

let server: TestServer

beforeEach(async () => {
  server = await startTestServer()
})
afterEach(() => server.stop())

const logged = (kind: string) => server.logs.filter(({ fields }) => fields['kind'] === kind)

test('ssh without a command lists the caller’s Webspaces, with their addresses and state', async () => {
  await server.cluster.create(Webspace, webspace('another', 'alice'))
  await server.cluster.patchStatus(
    Webspace,
    { name: 'blog' },
    {
      url: 'https://blog.example.com',
      conditions: [{ type: 'Ready', status: 'True', reason: 'Succeeded', message: '', lastTransitionTime: '' }],
    },
  )
  await until(() => server.caches.webspaces.get('blog')?.status?.url !== undefined, 'the status is seen')
  const { code, stdout, stderr } = await server.ssh([])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toContain('Hello alice!')
  expect(stdout).toContain('  another  not deployed yet\n    site   http://another.localhost:8080\n')
  expect(stdout).toContain(
    '  blog  ready\n    site   https://blog.example.com\n    clone  ssh://git@127.0.0.1:2222/blog.git\n',
  )
  expect(stdout).not.toContain('shop')
})

test('a customer without Webspaces is told so', async () => {
  await server.cluster.create(Customer, customer('carol', [server.keys.eve.publicKey]))
  await until(() => server.caches.customers.get('carol') !== undefined, 'the customer is seen')
  expect((await server.ssh([], { key: server.keys.eve.file })).stdout).toContain('There are no Webspaces for it yet.')
})

test.each([
  ['ls -la'],
  ['git-upload-pack'],
  ["git-upload-pack 'blog.git' 'shop.git'"],
  ["git-upload-pack --stateless-rpc 'blog.git'"],
  ["git-shell -c 'x'"],
  ['git-upload-pack $(touch /tmp/x)'],
  ['git-upload-pack blog.git; id'],
  ['scp -f /etc/passwd'],
  ['\u001b]0;title\u0007'],
  ["git-receive-pack '" + 'x'.repeat(5000) + "'"],
])('the command %j is refused with a code and what is possible', async (command) => {
  const { code, stdout, stderr } = await server.ssh([command])
  expect({ code, stdout }).toEqual({ code: 127, stdout: '' })
  expect(stderr).toContain('webspaces: WS_SSH_COMMAND')
  expect(stderr).toContain('Use git clone, fetch, push or archive.')
  const lines = server.logs.filter(({ message }) => message === 'command refused')
  expect(lines).toHaveLength(1)
  // eslint-disable-next-line no-control-regex -- control characters are what must not be there
  expect(lines[0]?.fields['command']).toMatch(/^[^\u0000-\u001f]{2,110}$/)
})

test('a repository that there is not and one of somebody else are refused alike', async () => {
  const outcomes = await Promise.all(
    [
      'nothing',
      'shop',
      '../blog',
      '-x',
      '--upload-pack=id',
      'blog/../shop',
      '.hooks',
      '',
      '%2e%2e',
      'a'.repeat(300),
    ].map(async (name) => {
      const { code, stdout, stderr } = await server.ssh([`git-upload-pack '${name}.git'`])
      return { code, stdout, said: stderr.replace(/"[^"]*"/, '"…"') }
    }),
  )
  expect(outcomes[0]?.said).toContain('webspaces: WS_ACCESS_DENIED: no repository "…" for this key')
  expect(outcomes[0]).toMatchObject({ code: 1, stdout: '' })
  for (const outcome of outcomes) expect(outcome).toEqual(outcomes[0])
  expect(await server.repositories.list()).toEqual([])
})

test('ports are forwarded in no direction', async () => {
  const inside = createServer((socket) => socket.end('inside'))
  await new Promise<void>((resolve) => inside.listen(0, '127.0.0.1', resolve))
  try {
    const { port } = inside.address() as AddressInfo
    const there = await server.ssh(['-W', `127.0.0.1:${port}`])
    expect(there).toMatchObject({ code: 255, stdout: '' })
    expect(logged('port forward')).toHaveLength(1)
    const back = await server.ssh(['-o', 'ExitOnForwardFailure=yes', '-N', '-R', `0:127.0.0.1:${port}`])
    expect(back.code).toBe(255)
    expect(logged('remote forward')).toHaveLength(1)
  } finally {
    inside.close()
  }
})

test('subsystems are refused', async () => {
  expect((await server.ssh(['-s', 'sftp'])).code).toBe(255)
})

test('a terminal is refused', async () => {
  expect((await server.ssh(['-tt'])).code).toBe(255)
})

/** A client that does what OpenSSH would not. */
async function connect(): Promise<ssh2.Client> {
  const client = new ssh2.Client()
  client.on('error', () => undefined)
  const ready = new Promise((resolve) => client.once('ready', () => resolve(undefined)))
  client.connect({ host: '127.0.0.1', port: server.port, username: 'git', privateKey: server.keys.alice.privateKey })
  await ready
  return client
}

function exec(client: ssh2.Client, command: string, options: ssh2.ExecOptions = {}): Promise<ssh2.ClientChannel> {
  return new Promise((resolve, reject) => {
    client.exec(command, options, (error, channel) => {
      if (error) reject(error)
      else resolve(channel)
    })
  })
}

async function outcome(channel: ssh2.ClientChannel): Promise<{ code: unknown; stdout: string; stderr: string }> {
  let [stdout, stderr] = ['', '']
  channel.on('data', (chunk: Buffer) => (stdout += chunk.toString('latin1')))
  channel.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const code = await new Promise((resolve) => channel.once('close', resolve))
  return { code, stdout, stderr }
}

test('of a client’s environment, only a well-formed GIT_PROTOCOL reaches git', async () => {
  const client = await connect()
  const ask = async (env: Record<string, string>): Promise<string> => {
    const channel = await exec(client, "git-upload-pack '/blog.git'", { env })
    channel.end('0000')
    return (await outcome(channel)).stdout
  }
  expect(await ask({ GIT_PROTOCOL: 'version=2' })).toContain('version 2')
  expect(await ask({ GIT_PROTOCOL: 'version=1' })).toContain('version 1')
  expect(await ask({ GIT_PROTOCOL: 'version=2:trace=/tmp/x' })).not.toContain('version')
  expect(await ask({ GIT_TRACE: '1', GIT_DIR: '/tmp', GIT_PROTOCOL: 'x'.repeat(10_000) })).not.toContain('version')
  client.end()
})

test('sessions of one connection are limited, and come free again', async () => {
  await server.stop()
  server = await startTestServer({ sessionsPerConnection: 2 })
  const client = await connect()
  const first = await exec(client, "git-upload-pack 'blog.git'")
  await exec(client, "git-upload-pack 'blog.git'")
  await expect(exec(client, 'x')).rejects.toThrow(/open/)
  expect(logged('session over the limit')).toHaveLength(1)
  first.end('0000')
  await outcome(first)
  await until(async () => {
    try {
      return (await outcome(await exec(client, 'x'))).code === 127
    } catch {
      return false
    }
  }, 'a session is free')
  client.end()
})

test.each([['commandsPerKey'], ['commands']] as const)('%s are limited', async (limit) => {
  await server.stop()
  server = await startTestServer({ [limit]: 1 })
  const client = await connect()
  const first = await exec(client, "git-upload-pack 'blog.git'")
  const second = await outcome(await exec(client, "git-upload-pack 'blog.git'"))
  expect(second.code).toBe(75)
  expect(second.stderr).toContain('webspaces: WS_SSH_BUSY: 1 commands are running')
  first.end('0000')
  await outcome(first)
  await until(async () => (await server.ssh([])).code === 0, 'the place is free')
  client.end()
})

test('a command in which nothing moves is ended', async () => {
  await server.stop()
  server = await startTestServer({ stallMs: 200 })
  const client = await connect()
  const { code, stderr } = await outcome(await exec(client, "git-upload-pack 'blog.git'"))
  expect(code).toBe(75)
  expect(stderr).toContain('WS_SSH_STALLED: nothing moved for 0.2 s')
  client.end()
})

test('a command that takes too long is ended', async () => {
  await server.stop()
  server = await startTestServer({ commandTimeMs: 200 })
  const client = await connect()
  const { code, stderr } = await outcome(await exec(client, "git-receive-pack 'blog.git'"))
  expect(code).toBe(75)
  expect(stderr).toContain('WS_TIMEOUT: the command took longer than 0.2 s')
  client.end()
})

test('a client that sends more than the window of its session is cut off', async () => {
  const work = await server.workTree()
  await server.git(['push', server.url('blog'), 'main'], { cwd: work })
  const [main] = await server.repositories.branches('blog')
  server.receiver.receiving = (_push, { signal }) =>
    new Promise((resolve) => signal.addEventListener('abort', () => resolve()))

  const client = await connect()
  const closed = new Promise((resolve) => client.once('close', () => resolve(undefined)))
  const channel = await exec(client, "git-receive-pack 'blog.git'")
  channel.write(`0075${main?.oid} ${'0'.repeat(40)} refs/heads/main\0 report-status 0000`)
  await until(() => server.receiver.pushes.length === 2, 'the push waits, and reads no more')
  const endless = channel as unknown as {
    outgoing: { window: number }
    write: (data: Buffer, done: () => void) => void
  }
  const flood = (): void => {
    endless.outgoing.window = 2 ** 31
    // An odd size: ssh2 does drop what comes when the window is exactly used up.
    endless.write(Buffer.alloc(100_001), () => setImmediate(flood))
  }
  flood()
  await closed
  expect(logged('more data than was asked for')).toHaveLength(1)
})

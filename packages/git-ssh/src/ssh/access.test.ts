import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Customer } from '@webspaces/core'
import ssh2 from 'ssh2'
import { startProgram, startTestServer, testEnvironment, until, type TestServer } from '../test-server.test.kit.ts'

let server: TestServer

beforeEach(async () => {
  server = await startTestServer()
})
afterEach(() => server.stop())

const refusals = () => server.logs.filter(({ message }) => message === 'ssh login refused')

async function listKey(name: string, publicKey: string): Promise<void> {
  await server.cluster.patch(Customer, { name }, { spec: { sshKeys: [publicKey] } })
  await until(() => server.caches.customers.get(name)?.spec.sshKeys[0] === publicKey, 'the key is seen')
}

test('a key that no Customer lists is refused, told nothing, and logged once', async () => {
  const { code, stderr } = await server.ssh([], { key: server.keys.eve.file })
  expect(code).toBe(255)
  expect(stderr.trim()).toBe('git@127.0.0.1: Permission denied (publickey).')
  await until(() => refusals().length > 0, 'the refusal is logged')
  expect(refusals()).toHaveLength(1)
  expect(refusals()[0]?.fields).toMatchObject({ reason: 'unknown key' })
})

test('another user than git is refused also with a known key', async () => {
  expect((await server.ssh([], { user: 'root' })).code).toBe(255)
  await until(() => refusals().length > 0, 'the refusal is logged')
  expect(refusals()[0]?.fields).toMatchObject({ reason: 'user' })
})

test('passwords and questions are not even offered', async () => {
  const { code, stderr } = await server.ssh(['-o', 'PreferredAuthentications=password,keyboard-interactive,hostbased'])
  expect(code).toBe(255)
  expect(stderr).toContain('Permission denied (publickey)')
})

/** Logs in with a public key and whatever `sign` makes of it. */
function forge(
  publicKey: string,
  sign: ((data: Buffer) => Buffer) | undefined,
  onOffer: (client: ssh2.Client) => void,
) {
  const key = ssh2.utils.parseKey(publicKey)
  if (key instanceof Error) throw key
  class Forger extends ssh2.BaseAgent {
    override getIdentities(callback: (error: undefined, keys: ssh2.ParsedKey[]) => void): void {
      callback(undefined, [key as ssh2.ParsedKey])
    }
    override sign(_key: unknown, data: Buffer, options: unknown, callback?: ssh2.SignCallback): void {
      onOffer(client)
      const answer = callback ?? (options as ssh2.SignCallback)
      if (sign !== undefined) answer(undefined, sign(data))
    }
  }
  const client = new ssh2.Client()
  const outcome = new Promise<string>((resolve) => {
    client.once('ready', () => resolve('let in'))
    client.once('error', (error) => resolve(error.message))
    client.once('close', () => resolve('closed'))
  })
  client.connect({ host: '127.0.0.1', port: server.port, username: 'git', agent: new Forger() })
  return { client, outcome }
}

test('a known key with a signature by another key is refused', async () => {
  const mine = ssh2.utils.parseKey(server.keys.eve.privateKey)
  if (mine instanceof Error) throw mine
  const { outcome } = forge(
    server.keys.alice.publicKey,
    (data) => mine.sign(data),
    () => undefined,
  )
  expect(await outcome).toMatch(/authentication methods failed/)
  await until(() => refusals().length > 0, 'the refusal is logged')
  expect(refusals()[0]?.fields).toMatchObject({ reason: 'signature' })
})

test.each([
  ['empty', Buffer.alloc(0)],
  ['zeros', Buffer.alloc(64)],
  ['rubbish', Buffer.from('rubbish'.repeat(30))],
])('a known key with a signature of %s is refused', async (_name, signature) => {
  const { outcome } = forge(
    server.keys.alice.publicKey,
    () => signature,
    () => undefined,
  )
  expect(await outcome).not.toBe('let in')
})

test('a known key without any signature opens nothing', async () => {
  const answer = await new Promise((resolve) => {
    const { client } = forge(server.keys.alice.publicKey, undefined, () => {
      // The server has said that the key would do; now behave as if that were enough.
      client.exec("git-upload-pack 'blog.git'", (error) => {
        resolve(error?.message ?? 'a channel')
        client.end()
      })
    })
  })
  expect(answer).toMatch(/Channel open failure/)
  expect(server.logs.filter(({ message }) => message === 'command started')).toEqual([])
})

test.each([
  ['ecdsa', ['-b', '256'], true],
  ['ecdsa', ['-b', '521'], true],
  ['rsa', ['-b', '2048'], true],
  ['rsa', ['-b', '1024'], false],
])('an %s key (%s) is let in: %s', async (type, bits, letIn) => {
  const file = makeKey(type, bits)
  await listKey('alice', readFileSync(`${file}.pub`, 'utf8').trim())
  expect((await server.ssh([], { key: file })).code).toBe(letIn ? 0 : 255)
})

test('an RSA key is refused with a SHA-1 signature', async () => {
  const file = makeKey('rsa', ['-b', '2048'])
  await listKey('alice', readFileSync(`${file}.pub`, 'utf8').trim())
  const sha1 = ['-o', 'PubkeyAcceptedAlgorithms=ssh-rsa', '-o', 'LogLevel=VERBOSE']
  expect((await server.ssh(sha1, { key: file })).code).toBe(255)
  expect((await server.ssh([], { key: file })).code).toBe(0)
})

function makeKey(type: string, options: readonly string[]): string {
  const file = join(server.folder, `key-${type}`)
  execFileSync('ssh-keygen', ['-q', '-t', type, ...options, '-N', '', '-f', file])
  return file
}

test('a removed key no longer logs in, and no longer does anything in a connection that is open', async () => {
  const control = ['-o', `ControlPath=${join(server.folder, 'c')}`]
  const master = startProgram(
    'ssh',
    [...server.sshOptions(server.keys.alice.file), ...control, '-M', '-N', '-p', String(server.port), 'git@127.0.0.1'],
    { cwd: server.folder, env: testEnvironment(server.folder) },
  )
  try {
    await until(async () => (await server.ssh([...control, '-O', 'check'])).code === 0, 'the connection is open')
    expect((await server.ssh(control)).stdout).toContain('Hello alice')
    await listKey('alice', server.keys.eve.publicKey)
    const shell = await server.ssh(control)
    expect(shell).toMatchObject({ code: 1, stdout: '' })
    expect(shell.stderr).toContain('WS_ACCESS_DENIED')
    const clone = await server.ssh([...control, "git-upload-pack 'blog.git'"])
    expect(clone.stderr).toContain('webspaces: WS_ACCESS_DENIED: no repository "blog" for this key')
  } finally {
    master.kill()
    await master.exited
  }
  expect((await server.ssh([])).code).toBe(255)
})

test('a connection may try so many keys and no more', async () => {
  await server.stop()
  server = await startTestServer({ authTries: 3 })
  const identities = ['ed25519', 'ecdsa', 'rsa'].flatMap((type) => ['-i', makeKey(type, [])])
  const more = ['-i', server.keys.bob.file]
  // Four keys of which the last would do: the connection ends before it.
  const { code } = await server.ssh([...identities, ...more], { key: server.keys.eve.file })
  expect(code).toBe(255)
  await until(() => refusals().length > 0, 'the refusal is logged')
  expect(refusals()[0]?.fields).toMatchObject({ tries: 4 })
})

test.each([
  ['says nothing', ''],
  ['says hello and nothing more', 'SSH-2.0-test\r\n'],
])('a client that %s is hung up on', async (_name, line) => {
  await server.stop()
  server = await startTestServer({ loginGraceMs: 200 })
  const socket = createConnection(server.port, '127.0.0.1')
  socket.on('error', () => undefined).resume()
  socket.write(line)
  await new Promise((resolve) => socket.once('close', resolve))
  expect(server.logs.filter(({ message }) => message === 'ssh login timed out')).toHaveLength(1)
})

test('a client that sends anything but SSH harms nobody', async () => {
  for (const rubbish of [
    'GET / HTTP/1.1\r\n\r\n',
    '\0'.repeat(10_000),
    'SSH-2.0-x\r\n' + 'ÿ'.repeat(50_000),
    'SSH-1.5-old\r\n',
  ]) {
    const socket = createConnection(server.port, '127.0.0.1')
    socket.on('error', () => undefined).resume()
    socket.end(rubbish)
    await new Promise((resolve) => socket.once('close', resolve))
  }
  expect((await server.ssh([])).code).toBe(0)
})

test.each([['connectionsPerAddress'], ['connections'], ['startups']] as const)('%s are limited', async (limit) => {
  await server.stop()
  server = await startTestServer({ [limit]: 2 })
  const open = [1, 2].map(() => createConnection(server.port, '127.0.0.1').on('error', () => undefined))
  await Promise.all(open.map((socket) => new Promise((resolve) => socket.once('connect', resolve))))
  expect((await server.ssh([])).code).toBe(255)
  await until(() => server.logs.some(({ fields }) => fields['limit'] === limit), 'the refusal is logged')
  for (const socket of open) socket.destroy()
  await until(async () => (await server.ssh([])).code === 0, 'there is room again')
})

test('an idle connection is ended', async () => {
  await server.stop()
  server = await startTestServer({ idleMs: 200 })
  const { code } = await server.ssh(['-N'])
  expect(code).toBe(255)
})

test('only AES-GCM and elliptic curves are spoken', async () => {
  for (const option of [
    'Ciphers=chacha20-poly1305@openssh.com',
    'Ciphers=aes256-ctr',
    'KexAlgorithms=diffie-hellman-group14-sha1',
  ]) {
    expect(await server.ssh(['-v', '-o', option])).toMatchObject({
      code: 255,
      stderr: expect.stringContaining('no matching') as unknown,
    })
  }
})

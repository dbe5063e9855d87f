import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parseSshKey } from '@webspaces/core'
import ssh2 from 'ssh2'
import { loadHostKey } from './host-key.ts'
import { generateKeyPair } from './keys.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'webspaces-keys-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

test('every generated key pair can be read again, by ssh2 and by core', () => {
  for (let index = 0; index < 500; index += 1) {
    const { privateKey, publicKey } = generateKeyPair(`user-${index}@host`)
    const parsed = ssh2.utils.parseKey(privateKey)
    if (parsed instanceof Error) throw parsed
    const data = Buffer.from('data')
    expect(parsed.verify(data, parsed.sign(data))).toBe(true)
    expect(parsed.getPublicSSH().toString('base64')).toBe(publicKey.split(' ')[1])
    expect(parsed.comment).toBe(`user-${index}@host`)
    expect(parseSshKey(publicKey)).toMatchObject({ key: { type: 'ssh-ed25519', comment: `user-${index}@host` } })
  }
})

test('ssh-keygen reads a generated key pair, whatever the length of its comment', async () => {
  for (const comment of ['', 'a', 'demo@webspaces', 'a longer comment, with spaces']) {
    const { privateKey, publicKey } = generateKeyPair(comment)
    const file = join(folder, `key${comment.length}`)
    await writeFile(file, privateKey, { mode: 0o600 })
    expect(execFileSync('ssh-keygen', ['-y', '-f', file]).toString().trim()).toBe(publicKey)
  }
})

test('the host key is made once, for its owner alone, also by several at a time', async () => {
  const file = join(folder, 'ssh', 'host_ed25519')
  const [first] = await Promise.all([loadHostKey(file), loadHostKey(file)])
  expect(await loadHostKey(file)).toBe(first)
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(await readFile(file, 'utf8')).toBe(first)
})

test('a host key that cannot be used is refused with its file, and left alone', async () => {
  const file = join(folder, 'key')
  for (const content of ['', 'nothing', generateKeyPair('x').publicKey]) {
    await writeFile(file, content)
    await expect(loadHostKey(file)).rejects.toMatchObject({
      code: 'WS_SSH_HOST_KEY',
      message: expect.stringContaining(file) as unknown,
    })
    expect(await readFile(file, 'utf8')).toBe(content)
  }
})

test('host keys of Ed25519 and ECDSA are taken, in each format; one that would bring SHA-1 back is refused', async () => {
  const made = (name: string, ...options: string[]): string => {
    const file = join(folder, name)
    execFileSync('ssh-keygen', ['-q', '-N', '', '-f', file, ...options])
    return file
  }
  for (const file of [
    made('ed25519', '-t', 'ed25519'),
    made('ecdsa', '-t', 'ecdsa'),
    made('ecdsa521', '-t', 'ecdsa', '-b', '521', '-m', 'PEM'),
  ]) {
    expect(await loadHostKey(file)).toBe(await readFile(file, 'utf8'))
  }
  for (const file of [made('rsa', '-t', 'rsa', '-b', '3072'), made('pem', '-t', 'rsa', '-b', '2048', '-m', 'PEM')]) {
    const before = await readFile(file, 'utf8')
    await expect(loadHostKey(file)).rejects.toMatchObject({
      code: 'WS_SSH_HOST_KEY',
      message: `host key ${file}: it holds a key of the kind ssh-rsa`,
      remedy: expect.stringContaining('ssh-keygen -t ed25519') as unknown,
    })
    expect(await readFile(file, 'utf8')).toBe(before)
  }
})

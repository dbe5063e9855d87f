import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parseSshKey } from '@webspaces/core'
import { generateKeyPair } from '@webspaces/git-ssh'
import { operatorError } from '../../errors.ts'

const run = promisify(execFile)

const MAX_FILES = 50
const MAX_FILE_BYTES = 16_384
const MAX_KEYS = 50
const TIMEOUT_MS = 3000

/** The person's public keys, from `~/.ssh/*.pub` and the agent: each once, and none of a type that cannot be used. */
export async function personalKeys(): Promise<string[]> {
  const lines = [...(await keyFiles()), ...(await agentKeys())]
  const byFingerprint = new Map<string, string>()
  for (const line of lines) {
    const result = parseSshKey(line)
    if ('key' in result && !byFingerprint.has(result.key.fingerprint)) {
      byFingerprint.set(result.key.fingerprint, line.trim())
    }
  }
  return [...byFingerprint.values()].slice(0, MAX_KEYS)
}

async function keyFiles(): Promise<string[]> {
  const folder = join(homedir(), '.ssh')
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.pub')).slice(0, MAX_FILES)
  return (await Promise.all(names.sort().map((name) => smallFile(join(folder, name))))).flatMap((text) =>
    text.split('\n'),
  )
}

async function smallFile(path: string): Promise<string> {
  const stats = await stat(path).catch(() => undefined)
  return stats?.isFile() === true && stats.size <= MAX_FILE_BYTES ? readFile(path, 'utf8').catch(() => '') : ''
}

/** An agent that is not there, empty or silent has no keys. */
async function agentKeys(): Promise<string[]> {
  if (process.env['SSH_AUTH_SOCK'] === undefined) return []
  const { stdout } = await run('ssh-add', ['-L'], { timeout: TIMEOUT_MS }).catch(() => ({ stdout: '' }))
  return stdout.split('\n')
}

/** Makes a key pair in this file if there is none. Returns the public key, and whether it is new. */
export async function ensureKey(file: string): Promise<{ readonly publicKey: string; readonly made: boolean }> {
  const made = (await stat(file).catch(() => undefined)) === undefined
  if (made) {
    await mkdir(join(file, '..'), { recursive: true, mode: 0o700 })
    await writeFile(`${file}.new`, generateKeyPair('webspaces demo').privateKey, { mode: 0o600 })
    await rename(`${file}.new`, file)
  }
  return { publicKey: await publicKeyOf(file), made }
}

/**
 * The authorized_keys line that belongs to a private key.
 * @throws WS_DEMO_FAILED
 */
export async function publicKeyOf(file: string): Promise<string> {
  try {
    const { stdout } = await run('ssh-keygen', ['-y', '-P', '', '-f', file], { timeout: TIMEOUT_MS })
    return stdout.trim()
  } catch (error) {
    throw operatorError('WS_DEMO_FAILED', `ssh-keygen cannot read ${file}: ${(error as Error).message}`, {
      cause: error,
      remedy: 'See that the OpenSSH client is installed.',
    })
  }
}

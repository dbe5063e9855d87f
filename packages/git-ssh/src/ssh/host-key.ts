import { randomUUID } from 'node:crypto'
import { link, mkdir, open, readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import ssh2 from 'ssh2'
import { gitSshError } from '../errors.ts'
import { generateKeyPair } from './keys.ts'

/**
 * With a key of RSA, ssh2 1.17 offers signatures with SHA-1 whatever `algorithms.serverHostKey` says; DSA has no other.
 */
const KINDS = /^(ssh-ed25519|ecdsa-sha2-nistp(256|384|521))$/

/**
 * The server's private key from this file. Made if there is none: clients remember the key, so it must be the same
 * at every start.
 * @throws WS_SSH_HOST_KEY
 */
export async function loadHostKey(file: string): Promise<string> {
  try {
    const key = (await readIfThere(file)) ?? (await create(file))
    const parsed = ssh2.utils.parseKey(key)
    if (parsed instanceof Error) throw parsed
    if (!parsed.isPrivateKey()) throw new TypeError('it holds a public key')
    if (!KINDS.test(parsed.type)) throw new TypeError(`it holds a key of the kind ${parsed.type}`)
    return key
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw gitSshError('WS_SSH_HOST_KEY', `host key ${file}: ${reason}`, { cause })
  }
}

/** Whole or not at all, and never over a key that another process has made meanwhile. */
async function create(file: string): Promise<string> {
  await mkdir(dirname(file), { recursive: true })
  const temporary = `${file}.${randomUUID()}.tmp`
  const handle = await open(temporary, 'wx', 0o600)
  try {
    await handle.writeFile(generateKeyPair('webspaces').privateKey)
    await handle.sync()
  } finally {
    await handle.close()
  }
  try {
    await link(temporary, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await rm(temporary, { force: true })
  }
  return readFile(file, 'utf8')
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

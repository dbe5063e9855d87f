import { createHash } from 'node:crypto'

/** A public key of an authorized_keys line. */
export interface SshPublicKey {
  /** `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa`, … */
  readonly type: string
  /** The key as it goes over the wire (RFC 4253 §6.6). */
  readonly blob: Uint8Array
  /** `SHA256:` and base64 without padding, as `ssh-keygen -l` prints it. */
  readonly fingerprint: string
  readonly comment: string
}

const SUPPORTED = new Set([
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'ssh-rsa',
])

/** Why a line was not taken, or the key. A returned reason never repeats the line: it might be a private key. */
export type SshKeyResult = { readonly key: SshPublicKey } | { readonly refused: string }

/** Reads one authorized_keys line (sshd(8), without options). */
export function parseSshKey(line: string): SshKeyResult {
  const text = line.trim()
  if (text.includes('PRIVATE KEY')) return { refused: 'is a private key: give the .pub file, and make a new key pair' }
  if (/[\r\n\0]/.test(text)) return { refused: 'has a line break: one key a line' }
  const [type = '', data = '', ...comment] = text.split(/[ \t]+/)
  if (type.startsWith('sk-')) return { refused: `${type}: hardware-backed keys are not supported yet` }
  if (type.includes('-cert-')) return { refused: 'is a certificate: give the plain public key' }
  if (!SUPPORTED.has(type)) {
    return { refused: `does not start with a supported key type (${[...SUPPORTED].join(', ')})` }
  }
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(data)) return { refused: 'the key data is not base64' }
  const blob = Buffer.from(data, 'base64')
  if (embeddedType(blob) !== type) return { refused: 'the key data is cut off, or of another type than it says' }
  return { key: { type, blob, fingerprint: sshFingerprint(blob), comment: comment.join(' ').slice(0, 200) } }
}

/** The SHA256 fingerprint of a public key blob. */
export function sshFingerprint(blob: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`
}

/** A blob begins with its own type as a length-prefixed string, and has more after it. */
function embeddedType(blob: Buffer): string | undefined {
  if (blob.length < 4) return undefined
  const length = blob.readUInt32BE(0)
  if (length > 64 || blob.length < 4 + length + 16) return undefined
  return blob.toString('latin1', 4, 4 + length)
}

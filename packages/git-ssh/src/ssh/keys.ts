import { generateKeyPairSync, randomBytes } from 'node:crypto'

export interface KeyPair {
  /** OpenSSH's own format, without a passphrase. */
  readonly privateKey: string
  /** One authorized_keys line, without a line end. */
  readonly publicKey: string
}

const TYPE = 'ssh-ed25519'
const BLOCK = 8

/**
 * Makes an Ed25519 key pair as `ssh-keygen -t ed25519` does. The format is openssh-key-v1 (PROTOCOL.key of OpenSSH).
 *
 * ssh2 has a generator of its own, of whose Ed25519 keys about one in two hundred cannot be read again.
 */
export function generateKeyPair(comment: string): KeyPair {
  const { x, d } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
  if (x === undefined || d === undefined) throw new TypeError('an Ed25519 key has no x or d')
  const publicPart = Buffer.from(x, 'base64url')
  const privatePart = Buffer.from(d, 'base64url')

  const blob = Buffer.concat([lengthPrefixed(TYPE), lengthPrefixed(publicPart)])
  // The same number twice: how a reader knows that it decrypted the rest correctly.
  const check = randomBytes(4)
  const secret = Buffer.concat([
    check,
    check,
    blob,
    lengthPrefixed(Buffer.concat([privatePart, publicPart])),
    lengthPrefixed(comment),
  ])
  const padding = Buffer.from([1, 2, 3, 4, 5, 6, 7].slice(0, (BLOCK - (secret.length % BLOCK)) % BLOCK))
  const file = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    lengthPrefixed('none'), // cipher
    lengthPrefixed('none'), // key derivation
    lengthPrefixed(''),
    uint32(1), // keys
    lengthPrefixed(blob),
    lengthPrefixed(Buffer.concat([secret, padding])),
  ])
  return { privateKey: pem(file), publicKey: `${TYPE} ${blob.toString('base64')} ${comment}`.trimEnd() }
}

function pem(data: Buffer): string {
  const lines = data.toString('base64').match(/.{1,70}/g) ?? []
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join('\n')
}

/** A `string` of RFC 4251 §5. */
function lengthPrefixed(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([uint32(bytes.length), bytes])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

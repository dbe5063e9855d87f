import { createPublicKey } from 'node:crypto'
import { parseSshKey } from '@webspaces/core'
import ssh2, { type AuthContext, type PublicKeyAuthContext } from 'ssh2'

/** The login user of every git server. */
const USER = 'git'
const MIN_RSA_BITS = 2048

export type AuthVerdict =
  /** The client holds the private key: this is who it is. */
  | { readonly type: 'proven'; readonly fingerprint: string }
  /** A key that would do was named, and nothing proven: the client may come back with a signature. */
  | { readonly type: 'offered' }
  | { readonly type: 'refused'; readonly reason: RefusalReason }

export type RefusalReason = 'method' | 'user' | 'key type' | 'unknown key' | 'signature'

/**
 * Looks at one request to log in. Pure: what it answers `offered` or `refused` leaves no trace, and an identity comes
 * out of a verified signature alone (RFC 4252 §7).
 */
export function examine(attempt: AuthContext, knows: (fingerprint: string) => boolean): AuthVerdict {
  if (attempt.method !== 'publickey') return refused('method')
  if (attempt.username !== USER) return refused('user')
  const { algo, data } = attempt.key
  // ssh2 names rsa-sha2-256 and -512 "ssh-rsa" with a hash; without one it is the signature scheme with SHA-1.
  if (algo === 'ssh-rsa' && attempt.hashAlgo === undefined) return refused('key type')
  const line = `${algo} ${data.toString('base64')}`
  const result = parseSshKey(line)
  if ('refused' in result) return refused('key type')
  const { fingerprint } = result.key
  if (!knows(fingerprint)) return refused('unknown key')
  if (attempt.signature === undefined) return { type: 'offered' }
  return verifies(attempt, line) ? { type: 'proven', fingerprint } : refused('signature')
}

/** `verify` returns an Error, which is truthy, where it cannot even try: only `true` is a proof. */
function verifies(attempt: PublicKeyAuthContext, line: string): boolean {
  const { blob, signature, hashAlgo } = attempt
  if (blob === undefined || signature === undefined) return false
  const key = ssh2.utils.parseKey(line)
  if (key instanceof Error) return false
  if (key.type === 'ssh-rsa' && rsaBits(key.getPublicPEM()) < MIN_RSA_BITS) return false
  return (key.verify(blob, signature, hashAlgo) as unknown) === true
}

function rsaBits(pem: string): number {
  return createPublicKey(pem).asymmetricKeyDetails?.modulusLength ?? 0
}

function refused(reason: RefusalReason): AuthVerdict {
  return { type: 'refused', reason }
}

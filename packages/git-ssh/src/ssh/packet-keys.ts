import { createSecretKey, type KeyObject } from 'node:crypto'

/** Where ssh2 1.17 keeps a connection's keys, for the ciphers that it builds on node:crypto. */
interface Ciphers {
  readonly _cipher?: { _encKey?: Buffer | KeyObject }
  readonly _decipher?: { _decipherKey?: Buffer | KeyObject }
}

/**
 * Where ssh2's native addon is not built, it makes a new node:crypto cipher for every packet, from the key's bytes. Node
 * has to look what kind of key that is each time, which in Node 24 costs more than encrypting the packet; a KeyObject is
 * recognised at once. Does nothing to ciphers of any other shape.
 */
export function useKeyObjects(client: object): void {
  const { _protocol: protocol } = client as { readonly _protocol?: Ciphers }
  const { _cipher: cipher, _decipher: decipher } = protocol ?? {}
  if (Buffer.isBuffer(cipher?._encKey)) cipher._encKey = createSecretKey(cipher._encKey)
  if (Buffer.isBuffer(decipher?._decipherKey)) decipher._decipherKey = createSecretKey(decipher._decipherKey)
}

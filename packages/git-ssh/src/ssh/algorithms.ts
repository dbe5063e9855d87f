import type { Algorithms } from 'ssh2'

/**
 * What the server offers, fixed so that an upgrade of the library cannot bring back an old algorithm. No SHA-1, no
 * CBC, no finite-field Diffie-Hellman (a cheap way to make a server calculate).
 *
 * Which cipher is used is the client's choice among these: OpenSSH before version 10 prefers ChaCha20, which runs as
 * JavaScript or WebAssembly in ssh2, and then AES-CTR with a separate MAC, to AES-GCM, which OpenSSL does in hardware.
 * Only GCM is offered, so every client gets the fast one. No compression: packs are compressed.
 *
 * Which host keys are offered is not here: ssh2 goes by the key itself, and loadHostKey takes none that would bring
 * SHA-1 back.
 */
export const ALGORITHMS: Algorithms = {
  kex: [
    'curve25519-sha256',
    'curve25519-sha256@libssh.org',
    'ecdh-sha2-nistp256',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp521',
  ],
  cipher: ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com'],
  // Never used beside GCM, but negotiated all the same (RFC 5647 §5.1), so there must be one that the client knows.
  hmac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com', 'hmac-sha2-256', 'hmac-sha2-512'],
  compress: ['none'],
}

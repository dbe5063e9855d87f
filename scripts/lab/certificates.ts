/** One authority for the whole lab, and the certificates that it signed. */
import { generateKeyPairSync } from 'node:crypto'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { API_SERVICE_ADDRESS, BRIDGE_ADDRESS, LOOPBACK } from './addresses.ts'
import { paths } from './paths.ts'
import { run } from './run.ts'

const DAYS = '30'
const SERVER_NAMES = [
  ...[LOOPBACK, BRIDGE_ADDRESS, API_SERVICE_ADDRESS].map((address) => `IP:${address}`),
  ...['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'].map((name) => `DNS:${name}`),
].join(',')

export interface Certificate {
  readonly file: string
  readonly key: string
}

/** `client` is root to the Docker daemon, and in the group `system:masters` to Kubernetes. */
export function certificate(name: 'ca' | 'server' | 'client'): Certificate {
  // The Docker command finds ca.pem, cert.pem and key.pem in the folder that DOCKER_CERT_PATH says.
  const prefix = name === 'client' ? '' : `${name}-`
  const file = name === 'ca' ? 'ca.pem' : `${prefix}cert.pem`
  return { file: resolve(paths.certificates, file), key: resolve(paths.certificates, `${prefix}key.pem`) }
}

/** With it the API server checks the tokens of service accounts that the controller manager signed. */
export const serviceAccountKey = {
  private: resolve(paths.certificates, 'service-account-key.pem'),
  public: resolve(paths.certificates, 'service-account.pem'),
} as const

export async function makeCertificates(): Promise<void> {
  if (existsSync(serviceAccountKey.public)) return
  mkdirSync(paths.certificates, { recursive: true, mode: 0o700 })
  await makeAuthority()
  await sign('server', '/CN=webspaces-lab', [`subjectAltName=${SERVER_NAMES}`, 'extendedKeyUsage=serverAuth'])
  await sign('client', '/O=system:masters/CN=webspaces-lab', ['extendedKeyUsage=clientAuth'])
  makeServiceAccountKey()
}

async function makeAuthority(): Promise<void> {
  const { file, key } = certificate('ca')
  await run('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', DAYS, '-subj', '/CN=webspaces-lab-ca'],
    ...['-addext', 'keyUsage=critical,keyCertSign,cRLSign', '-keyout', key, '-out', file],
  ])
}

async function sign(name: 'server' | 'client', subject: string, extensions: readonly string[]): Promise<void> {
  const { file, key } = certificate(name)
  const authority = certificate('ca')
  const request = resolve(paths.certificates, `${name}.csr`)
  const extensionFile = resolve(paths.certificates, `${name}.ext`)
  writeFileSync(extensionFile, extensions.join('\n'))
  await run('openssl', [
    ...['req', '-new', '-newkey', 'rsa:2048', '-nodes', '-subj', subject, '-keyout', key, '-out', request],
  ])
  await run('openssl', [
    ...['x509', '-req', '-in', request, '-days', DAYS, '-extfile', extensionFile, '-out', file],
    ...['-CA', authority.file, '-CAkey', authority.key, '-CAcreateserial'],
  ])
}

function makeServiceAccountKey(): void {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  writeFileSync(serviceAccountKey.private, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  writeFileSync(serviceAccountKey.public, publicKey.export({ type: 'spki', format: 'pem' }))
}

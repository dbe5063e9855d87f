import { dockerError } from '../errors.ts'

/** Where images are kept: a registry, and the part of it that is the platform's. */
export interface RegistryAddress {
  /** `host` or `host:port`, as it stands in an image's name. */
  readonly host: string
  /** Begins every repository's name; empty, or ends with `/`. */
  readonly prefix: string
  /** Base of the registry's HTTP API. */
  readonly endpoint: string
}

const ADDRESS = /^(\[[0-9a-f:]+\]|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*)(:\d{1,5})?((?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*)$/
const NO_URL = { protocol: '', pathname: '', username: '' }
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i

/**
 * Reads `host:port/prefix`.
 *
 * The API is spoken to by https, except on loopback addresses, which is what Docker does by itself, and where `insecure`
 * says otherwise.
 * @throws WS_DOCKER_OPTIONS
 */
export function parseAddress(address: string, insecure: boolean, endpoint: string | undefined): RegistryAddress {
  const [, name, port = '', path = ''] = ADDRESS.exec(address) ?? []
  if (name === undefined) throw invalid(address, 'it must be host:port or host:port/prefix, without https://')
  const host = name + port
  // Without a dot or port, Docker takes the first part for a name on Docker Hub.
  if (port === '' && name !== 'localhost' && !/[.:]/.test(name))
    throw invalid(address, 'the host has no domain and no port')
  return {
    host,
    prefix: path === '' ? '' : `${path.slice(1)}/`,
    endpoint: endpoint === undefined ? ownEndpoint(host, insecure) : checkEndpoint(endpoint),
  }
}

function ownEndpoint(host: string, insecure: boolean): string {
  // Docker Hub's API has another name than its images.
  if (host === 'docker.io') return 'https://registry-1.docker.io'
  return `${insecure || LOOPBACK.test(host) ? 'http' : 'https'}://${host}`
}

function checkEndpoint(endpoint: string): string {
  const { protocol, pathname, username } = URL.canParse(endpoint) ? new URL(endpoint) : NO_URL
  if (!/^https?:$/.test(protocol) || pathname !== '/' || username !== '') {
    throw dockerError('WS_DOCKER_OPTIONS', 'registry.endpoint must be http://host:port or https://host:port')
  }
  return endpoint.replace(/\/+$/, '')
}

function invalid(address: string, why: string): Error {
  return dockerError('WS_DOCKER_OPTIONS', `registry.address ${JSON.stringify(address)}: ${why}`)
}

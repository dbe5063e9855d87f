import { BlockList, isIP } from 'node:net'
import { InvalidArgumentError } from 'commander'
import type { ListenAddress, NetworkPolicyPeer } from '@webspaces/core'
import { parseHost, parsePort } from '../values.ts'

// Parsers of the values of `serve`. What they throw is put behind the name of the option or of its variable.

export const ROLES = ['git', 'operator'] as const
export type Role = (typeof ROLES)[number]

export function parseRoles(text: string): readonly Role[] {
  const roles = listOf(text)
  const unknown = roles.find((role) => !ROLES.some((known) => known === role))
  if (roles.length === 0 || unknown !== undefined) throw new InvalidArgumentError('The roles are git and operator.')
  return ROLES.filter((role) => roles.includes(role))
}

export function parseDaemons(text: string): readonly string[] {
  const urls = listOf(text)
  for (const url of urls) {
    const { protocol, pathname, hostname } = URL.canParse(url) ? new URL(url) : new URL('none:')
    const usable =
      protocol === 'unix:' ? pathname !== '' : ['tcp:', 'http:', 'https:'].includes(protocol) && hostname !== ''
    if (!usable) throw new InvalidArgumentError(`${url} is not unix:///path, tcp://host:port or https://host:port.`)
  }
  if (urls.length === 0) throw new InvalidArgumentError('A daemon is unix:///path or tcp://host:port.')
  return urls
}

/** As it stands in an image's name (https://pkg.go.dev/github.com/distribution/reference). */
export function parseRegistry(text: string): string {
  const address = /^(?:[a-zA-Z0-9.-]+|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$/
  if (text.length > 200 || !address.test(text)) {
    throw new InvalidArgumentError('A registry is host:port or host:port/prefix, without a scheme.')
  }
  return text
}

/** Port 22 where none is given. */
export function parseAddress(text: string): ListenAddress {
  const [, bracketed, host = bracketed, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(.*))?$/.exec(text) ?? []
  if (host === undefined) throw new InvalidArgumentError('An address is host or host:port.')
  return { host: parseHost(host), port: port === undefined ? 22 : parsePort(port) }
}

export function parseSeconds(text: string): number {
  if (!/^[1-9][0-9]{0,4}$/.test(text)) throw new InvalidArgumentError('A time is a number of seconds, from 1 to 99999.')
  return Number(text)
}

/** Of what there has to be one at least: without a place to build in, pushes would wait for ever. */
export function parsePositive(text: string): number {
  if (!/^[1-9][0-9]{0,5}$/.test(text)) throw new InvalidArgumentError('A count is a number from 1 to 999999.')
  return Number(text)
}

export function collectAnnotations(
  text: string,
  former: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return { ...former, ...Object.fromEntries(linesOf(text).map(keyAndValue)) }
}

export function collectSources(text: string, former: readonly NetworkPolicyPeer[]): readonly NetworkPolicyPeer[] {
  return [...former, ...linesOf(text).map(parseSource)]
}

function parseSource(text: string): NetworkPolicyPeer {
  if (!text.includes('=')) return { ipBlock: { cidr: parseCidr(text) } }
  return { namespaceSelector: { matchLabels: Object.fromEntries(listOf(text).map(keyAndValue)) } }
}

function parseCidr(text: string): string {
  const [address = '', prefix = ''] = text.split('/')
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
  try {
    if (!/^[0-9]{1,3}$/.test(prefix)) throw new TypeError('no prefix')
    new BlockList().addSubnet(address, Number(prefix), family)
    return text
  } catch {
    throw new InvalidArgumentError(`${text} is neither key=value nor a CIDR such as 10.0.0.0/8.`)
  }
}

function keyAndValue(text: string): [key: string, value: string] {
  const [, key, value] = /^([A-Za-z0-9][-A-Za-z0-9_./]{0,316})=(.*)$/.exec(text) ?? []
  if (key === undefined || value === undefined) throw new InvalidArgumentError(`${text} is not key=value.`)
  return [key, value]
}

function listOf(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

import { isIP } from 'node:net'

/** What a Host header says, in one spelling. */
export interface Host {
  /** Lower case, without port, trailing dot and brackets. */
  readonly name: string
  /** Whether it is an IP address. */
  readonly address: boolean
}

const NAME = /^[a-z0-9_]([-a-z0-9_]{0,61}[a-z0-9_])?(\.[a-z0-9_]([-a-z0-9_]{0,61}[a-z0-9_])?)*$/

/**
 * Reads a Host header (RFC 9110 §7.2): `Blog.Localhost.:8080` → `blog.localhost`. Undefined for anything that no
 * browser sends; such a request is refused, as the site behind might read another host in it than we do.
 */
export function parseHost(header: string | undefined): Host | undefined {
  const match = /^(?:\[([^\]]*)\]|([^:]*))(?::([0-9]{0,5}))?$/.exec(header ?? '')
  if (match === null || Number(match[3] ?? 0) > 65_535) return undefined
  const [, bracketed, plain = ''] = match
  if (bracketed !== undefined) {
    return isIP(bracketed) === 6 ? { name: bracketed.toLowerCase(), address: true } : undefined
  }
  const name = plain.toLowerCase().replace(/\.$/, '')
  if (isIP(name) === 4) return { name, address: true }
  return name.length <= 253 && NAME.test(name) ? { name, address: false } : undefined
}

/** An address as it is written in a URL: IPv6 in brackets. */
export function urlHost(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host
}

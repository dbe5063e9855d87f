import { BlockList, isIP, isIPv6 } from 'node:net'

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')

/** Whether only this machine can reach what listens there. A name is taken for the address of a network card. */
export function isLoopback(host: string): boolean {
  if (isIP(host) === 0) return host === 'localhost'
  return LOOPBACK.check(host, isIPv6(host) ? 'ipv6' : 'ipv4')
}

/** An address as it stands in a URL (RFC 3986 §3.2.2). */
export function urlHost(host: string): string {
  return isIPv6(host) ? `[${host}]` : host
}

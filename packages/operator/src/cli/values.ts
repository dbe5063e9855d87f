import { isIP } from 'node:net'
import { InvalidArgumentError } from 'commander'

// Parsers of option values. What they throw is put behind the name of the option.

export function parsePort(text: string): number {
  if (!/^[0-9]{1,5}$/.test(text) || Number(text) > 65_535) {
    throw new InvalidArgumentError('A port is a number from 0 to 65535.')
  }
  return Number(text)
}

export function parseHost(text: string): string {
  const name = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$/i
  // What is all digits and dots and yet no address would be a name that nobody can resolve.
  if (isIP(text) === 0 && (!name.test(text) || /^[0-9.]+$/.test(text))) {
    throw new InvalidArgumentError('A host is an IP address or a DNS name, without a port.')
  }
  return text
}

export function parseCount(text: string): number {
  if (!/^[0-9]{1,6}$/.test(text)) throw new InvalidArgumentError('A count is a number from 0 to 999999.')
  return Number(text)
}

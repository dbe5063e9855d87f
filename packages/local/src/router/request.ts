import type { IncomingMessage } from 'node:http'
import { localError } from '../errors.ts'
import { hasBody } from './exchange.ts'
import { parseHost, type Host } from './host.ts'

/** What decides where a request goes. */
export interface Target {
  readonly host: Host
  /** Without the query. */
  readonly path: string
}

/**
 * Where a request is meant to go. node's parser has refused what breaks the grammar of HTTP already; this refuses
 * what is within it and could be read in two ways, by us and by a site.
 * @throws WS_REQUEST_REFUSED
 */
export function targetOf(request: IncomingMessage, upgrade: boolean): Target {
  const { headersDistinct, headers, url = '' } = request
  const hosts = headersDistinct.host ?? []
  const host = hosts.length === 1 ? parseHost(hosts[0]) : undefined
  if (host === undefined) throw localError('WS_REQUEST_REFUSED', 'the Host header is missing, doubled or not a host')
  if (!url.startsWith('/')) throw localError('WS_REQUEST_REFUSED', 'the request target is not a path')
  // A further coding under `chunked` would be lost on the way (RFC 9112 §6.1).
  if (!['chunked', undefined].includes(headers['transfer-encoding']?.toLowerCase())) {
    throw localError('WS_REQUEST_REFUSED', 'the transfer coding is not chunked')
  }
  if (upgrade && hasBody(request)) {
    throw localError('WS_REQUEST_REFUSED', 'a request to change the protocol has a body')
  }
  return { host, path: url.replace(/\?.*$/s, '') }
}

import type { IncomingMessage } from 'node:http'

/** Name and value; a list of them keeps order, spelling and repeated headers. */
export type Header = [name: string, value: string]

/** RFC 9110 §7.6.1, and what older clients and proxies send of that kind: true between two neighbours only. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Say where a message ends and whose it is: a Connection header must not be able to have them removed. */
const FRAMING = new Set(['content-length', 'host'])

/**
 * What only a proxy may say about a client. With - and _, since CGI (and so PHP) cannot tell the two apart; `Proxy`
 * would become HTTP_PROXY there (CVE-2016-5385).
 */
const SAID_BY_PROXIES = /^(x[-_]forwarded([-_].*)?|forwarded|x[-_]real[-_]ip|proxy)$/

/** The headers of a message (node's `rawHeaders`) that are meant for its receiver at the far end. */
export function endToEnd(raw: readonly string[]): Header[] {
  const headers = pairs(raw)
  const connection = headers.filter(([name]) => name.toLowerCase() === 'connection')
  const named = new Set(connection.flatMap(([, value]) => value.split(',').map((token) => token.trim().toLowerCase())))
  return without(headers, (name) => !FRAMING.has(name) && (HOP_BY_HOP.has(name) || named.has(name)))
}

/**
 * What a site gets: the client's headers, without what a client may not say, and with who it is, in the usual
 * X-Forwarded-*. `Host` stays as the client wrote it. `Expect: 100-continue` has been answered by our own server.
 */
export function forwardedHeaders(request: IncomingMessage): Header[] {
  return [
    ...without(endToEnd(request.rawHeaders), (name) => name === 'expect' || SAID_BY_PROXIES.test(name)),
    ['X-Forwarded-For', clientAddress(request)],
    ['X-Forwarded-Proto', 'http'],
    ['X-Forwarded-Host', request.headers.host ?? ''],
    ...(request.headers['transfer-encoding'] === undefined ? [] : [['Transfer-Encoding', 'chunked'] satisfies Header]),
  ]
}

/** A request's trailers, without those by which a receiver that adds them to the headers could be misled. */
export function forwardedTrailers(raw: readonly string[]): Header[] {
  return without(endToEnd(raw), (name) => FRAMING.has(name) || SAID_BY_PROXIES.test(name))
}

function pairs(raw: readonly string[]): Header[] {
  return Array.from({ length: raw.length / 2 }, (_, n) => [raw[2 * n] ?? '', raw[2 * n + 1] ?? ''])
}

function without(headers: readonly Header[], unwanted: (lowerCaseName: string) => boolean): Header[] {
  return headers.filter(([name]) => !unwanted(name.toLowerCase()))
}

/** IPv4 as such, also where the server listens on IPv6 for both. */
function clientAddress(request: IncomingMessage): string {
  return (request.socket.remoteAddress ?? 'unknown').replace(/^::ffff:(?=\d+\.)/, '')
}

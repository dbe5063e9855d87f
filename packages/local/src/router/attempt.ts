import http, { type Agent, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Endpoint } from '../endpoints.ts'
import { hasBody } from './exchange.ts'
import { forwardedHeaders, forwardedTrailers } from './headers.ts'

/** How one try to have a request answered by one replica ended. */
export type Attempt =
  | { readonly type: 'answered'; readonly response: IncomingMessage }
  | { readonly type: 'upgraded'; readonly response: IncomingMessage; readonly socket: Duplex; readonly head: Buffer }
  /** There was no connection: nothing of the request has reached the replica. */
  | { readonly type: 'refused'; readonly error: Error }
  /** An idle connection was used that the replica had closed, or was just closing. */
  | { readonly type: 'stale'; readonly error: Error }
  /** Neither side sent a byte for the time allowed. */
  | { readonly type: 'silent'; readonly error: Error }
  | { readonly type: 'failed'; readonly error: Error }

export interface AttemptOptions {
  /** Takes an idle connection of this agent, if it has one; false: a new connection, for this request only. */
  readonly agent: Agent | false
  /** The protocol that the client asks to change to. */
  readonly upgrade: string | undefined
  readonly connectTimeoutMs: number
  readonly idleTimeoutMs: number
  /** Ends the attempt, and also an answer that is still coming. */
  readonly signal: AbortSignal
}

/**
 * Sends a request to a replica. The body is read from the client only once there is a connection, so that after
 * `refused` all of it is still there for another replica. Never throws.
 *
 * By node:http and not by a proxy library: those (httpxy among them) pipe the body before they are connected and
 * report an error when it is too late for another replica, pass on what a client says in X-Forwarded-For, and fold
 * repeated headers.
 */
export function attempt(endpoint: Endpoint, request: IncomingMessage, options: AttemptOptions): Promise<Attempt> {
  return new Promise((resolve) => {
    const upstream = http.request({
      host: endpoint.host,
      port: endpoint.port,
      method: request.method,
      path: request.url,
      setHost: false,
      agent: options.agent,
      signal: options.signal,
    })
    // Over this number node leaves headers out without a word; their bytes are limited anyway (maxHeaderSize).
    upstream.maxHeadersCount = 0
    for (const [name, value] of forwardedHeaders(request)) upstream.appendHeader(name, value)
    if (options.upgrade !== undefined) {
      upstream.setHeader('Connection', 'Upgrade')
      upstream.setHeader('Upgrade', options.upgrade)
    }

    let progress: 'connecting' | 'sent' | 'silent' = 'connecting'
    const connecting = setTimeout(() => upstream.destroy(new Error('connect timeout')), options.connectTimeoutMs)
    upstream.once('socket', (socket) => {
      const send = (): void => {
        progress = 'sent'
        clearTimeout(connecting)
        sendBody(request, upstream)
      }
      if (socket.connecting) socket.once('connect', send)
      else send()
    })
    upstream.setTimeout(options.idleTimeoutMs, () => {
      if (progress === 'sent') progress = 'silent'
      upstream.destroy(new Error('idle timeout'))
    })

    upstream.once('response', (response) => resolve({ type: 'answered', response }))
    upstream.once('upgrade', (response, socket, head) => {
      if (options.upgrade !== undefined) {
        resolve({ type: 'upgraded', response, socket, head })
        return
      }
      socket.destroy()
      resolve({ type: 'failed', error: new Error('changed the protocol without being asked') })
    })
    // Stays: an error can also come after the answer, while the client is still sending.
    upstream.on('error', (error) => {
      if (progress === 'connecting') resolve({ type: 'refused', error })
      else if (progress === 'silent') resolve({ type: 'silent', error })
      else resolve({ type: upstream.reusedSocket && wasReset(error) ? 'stale' : 'failed', error })
    })
    upstream.once('close', () => {
      clearTimeout(connecting)
      resolve({ type: 'failed', error: new Error('closed without an answer') })
    })
  })
}

/** Not by `pipeline`: an error of the replica must leave the client's side whole, for the answer that tells of it. */
function sendBody(request: IncomingMessage, upstream: http.ClientRequest): void {
  if (!hasBody(request)) {
    upstream.end()
    return
  }
  // A site may answer to the headers alone, and the client wait for that.
  upstream.flushHeaders()
  request.once('end', () => upstream.addTrailers(forwardedTrailers(request.rawTrailers)))
  request.pipe(upstream)
}

function wasReset(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ECONNRESET' || error.code === 'EPIPE'
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** A request of a client and where its answer goes. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly upgrade: Upgrade | undefined
  /** Aborts when the client has gone, or the router stops. */
  readonly signal: AbortSignal
}

/** The connection of a client that asks for another protocol, and what it has sent already. */
export interface Upgrade {
  readonly socket: Socket
  readonly head: Buffer
}

/** A request has a body exactly if it says so (RFC 9112 §6.3). */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

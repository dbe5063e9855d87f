import { createServer, ServerResponse, type IncomingMessage, type Server } from 'node:http'
import { Socket, type AddressInfo } from 'node:net'
import type { ListenAddress } from '@webspaces/core'
import { localError } from '../errors.ts'
import type { Upgrade } from './exchange.ts'
import { urlHost } from './host.ts'

export interface ServerLimits {
  readonly maxConnections: number
  readonly maxHeaderBytes: number
  /** How long a client may take to send its headers. */
  readonly headersTimeoutMs: number
  /** How long a connection may stay open between two requests. */
  readonly keepAliveTimeoutMs: number
  /** How long the rest of a request is still read after it was answered. */
  readonly lingerMs: number
}

export type Handler = (request: IncomingMessage, response: ServerResponse, upgrade: Upgrade | undefined) => void

/** An HTTP server with every limit set, whose handler gets requests for another protocol like all others. */
export function createHttpServer(limits: ServerLimits, handle: Handler): Server {
  const server = createServer({
    // Also under --insecure-http-parser: what two parsers read in two ways is how requests are smuggled.
    insecureHTTPParser: false,
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: limits.headersTimeoutMs,
    connectionsCheckingInterval: Math.ceil(limits.headersTimeoutMs / 2),
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    // An upload may take as long as it likes; one that has stopped is ended by the idle timeout towards the replica.
    requestTimeout: 0,
  })
  // Over this number node leaves headers out without a word; their bytes are limited anyway.
  server.maxHeadersCount = 0
  server.maxConnections = limits.maxConnections
  server.on('request', (request, response) => {
    response.once('finish', () => linger(request, limits.lingerMs))
    handle(request, response, undefined)
  })
  server.on('upgrade', (request, socket, head) => {
    // Nobody else listens to this socket any more: without this, its next error would end the process.
    socket.on('error', () => socket.destroy())
    if (socket instanceof Socket) handle(request, responseOn(socket, request), { socket, head })
    else socket.destroy()
  })
  return server
}

/** @throws WS_LOCAL_PORT_TAKEN, WS_LOCAL_LISTEN_FAILED */
export async function listen(server: Server, host: string, port: number): Promise<ListenAddress> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const at = `${urlHost(host)}:${port}`
      reject(
        error.code === 'EADDRINUSE'
          ? localError('WS_LOCAL_PORT_TAKEN', `${at} is in use by another program`, { cause: error })
          : localError('WS_LOCAL_LISTEN_FAILED', `cannot listen at ${at}: ${error.message}`, { cause: error }),
      )
    })
    server.listen(port, host, resolve)
  })
  return { host, port: (server.address() as AddressInfo).port }
}

/** After an upgrade request node has let go of the connection; this is how to answer it in HTTP all the same. */
function responseOn(socket: Socket, request: IncomingMessage): ServerResponse {
  const response = new ServerResponse(request)
  response.shouldKeepAlive = false
  response.assignSocket(socket)
  response.once('finish', () => socket.destroySoon())
  return response
}

/**
 * Reads and drops what is left of a request that has been answered early, for a time: were the connection closed at
 * once, the reset could reach the client before the answer has.
 */
function linger(request: IncomingMessage, limitMs: number): void {
  if (request.complete) return
  const timer = setTimeout(() => request.socket.destroy(), limitMs)
  request.once('close', () => clearTimeout(timer))
  request.unpipe()
  request.resume()
}

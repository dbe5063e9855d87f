import { randomUUID } from 'node:crypto'
import { performServerHandshake, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { Duplex } from 'node:stream'
import type { Daemon } from './daemon.ts'

const HEALTH = '/grpc.health.v1.Health/Check'
/** gRPC's frame (not compressed, two bytes) around `HealthCheckResponse { status: SERVING }`. */
const SERVING = Buffer.from([0, 0, 0, 0, 2, 0x08, 0x01])
const UNIMPLEMENTED = '12'

/**
 * The session that BuildKit asks a client for, over a connection that it calls back on.
 *
 * This one has nothing to give. It must be there all the same: without one, BuildKit cannot pull from a registry that
 * wants a token even of strangers ("no active sessions"), and Docker Hub is one. dockerode's own session would hand the
 * registry's credentials to any registry that a Dockerfile names, and stays open after a build that was stopped.
 */
export class BuildKitSession {
  readonly id: string
  readonly #socket: Duplex
  readonly #http2: ServerHttp2Session

  static async open(daemon: Daemon, signal: AbortSignal): Promise<BuildKitSession> {
    const id = randomUUID()
    const socket = await daemon.dial<Duplex>({
      method: 'POST',
      path: '/session',
      hijack: true,
      headers: { Upgrade: 'h2c', 'X-Docker-Expose-Session-Uuid': id, 'X-Docker-Expose-Session-Name': 'webspaces' },
      statusCodes: { 200: true },
      abortSignal: signal,
    })
    return new BuildKitSession(id, socket)
  }

  private constructor(id: string, socket: Duplex) {
    this.id = id
    this.#socket = socket
    this.#http2 = performServerHandshake(socket)
    // A connection that breaks here breaks the build's own, which tells of it.
    socket.on('error', () => undefined)
    this.#http2.on('error', () => undefined)
    this.#http2.on('stream', (stream, headers) => answer(stream, headers[':path'] ?? ''))
  }

  close(): void {
    this.#http2.destroy()
    this.#socket.destroy()
  }
}

function answer(stream: ServerHttp2Stream, path: string): void {
  stream.on('error', () => undefined)
  stream.resume()
  const head = { ':status': 200, 'content-type': 'application/grpc' }
  if (path !== HEALTH) {
    stream.respond({ ...head, 'grpc-status': UNIMPLEMENTED }, { endStream: true })
    return
  }
  // The daemon asks every second, and ends a session that does not answer so.
  stream.respond(head, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
  stream.end(SERVING)
}

import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { coreError, type ListenAddress, type Part } from '@webspaces/core'
import type { Metrics } from '../metrics/metrics.ts'
import { report, type HealthCheck, type HealthReport } from './check.ts'

const MAX_CONNECTIONS = 100
const REQUEST_MS = 10_000
const TEXT = 'text/plain; charset=utf-8'

interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
}

/**
 * - `/healthz`: an answer is proof that the process is alive and its event loop turns; 500 where only a new start helps.
 * - `/readyz`: whether the platform does its work; `?verbose` says of each check how it is.
 * - `/metrics`: for Prometheus.
 *
 * It is the first part to start and the last to stop, so that a slow start can be told from a process that hangs.
 */
export class HealthServer implements Part {
  readonly name = 'health server'
  readonly stage = 'store'
  readonly #listen: ListenAddress
  readonly #checks: readonly HealthCheck[]
  readonly #metrics: Metrics
  #server: Server | undefined

  constructor(listen: ListenAddress, checks: readonly HealthCheck[], metrics: Metrics) {
    this.#listen = listen
    this.#checks = checks
    this.#metrics = metrics
  }

  /** The port is the real one where 0 was asked for. */
  get address(): ListenAddress | undefined {
    const address = this.#server?.address() as AddressInfo | null | undefined
    return address ? { host: address.address, port: address.port } : undefined
  }

  /** @throws WS_START_FAILED */
  async start(): Promise<void> {
    const server = createServer({ requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS }, (request, response) => {
      void this.#respond(request, response)
    })
    server.maxConnections = MAX_CONNECTIONS
    try {
      await once(server.listen(this.#listen), 'listening')
    } catch (cause) {
      const { host, port } = this.#listen
      const reason = (cause as NodeJS.ErrnoException).message
      throw coreError('WS_START_FAILED', `the health server cannot listen on ${host} port ${port}: ${reason}`, {
        cause,
      })
    }
    // Running out of file descriptors, say, must not end the process.
    server.on('error', () => undefined)
    this.#server = server
  }

  async stop(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    if (server === undefined) return
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.resume()
    const { status, type, body } = await this.#answer(request).catch((error: unknown) => text(500, String(error)))
    response.writeHead(status, {
      'content-type': type,
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
    })
    response.end(request.method === 'HEAD' ? undefined : body)
  }

  async #answer({ method, url = '/' }: IncomingMessage): Promise<Answer> {
    if (method !== 'GET' && method !== 'HEAD') return text(405, 'only GET')
    const [path, query] = url.split('?', 2)
    const verbose = new URLSearchParams(query).has('verbose')
    switch (path) {
      case '/healthz':
        return health(await report(this.#checks.filter(({ fatal }) => fatal === true)), verbose, 500)
      case '/readyz':
        return health(await report(this.#checks), verbose, 503)
      case '/metrics':
        return { status: 200, type: this.#metrics.contentType, body: await this.#metrics.text() }
      default:
        return text(404, 'not found: there are /healthz, /readyz and /metrics')
    }
  }
}

function health(outcome: HealthReport, verbose: boolean, failed: number): Answer {
  const status = outcome.ok ? 200 : failed
  if (verbose) return { status, type: 'application/json', body: `${JSON.stringify(outcome)}\n` }
  const failing = Object.entries(outcome.checks).filter(([, { ok }]) => !ok)
  return text(status, outcome.ok ? 'ok' : failing.map(([name, { detail }]) => `${name}: ${detail}`).join('; '))
}

function text(status: number, line: string): Answer {
  return { status, type: TEXT, body: `${line}\n` }
}

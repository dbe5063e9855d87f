import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { Server as NetServer } from 'node:net'
import {
  coreError,
  WebspacesError,
  type Addressing,
  type Cluster,
  type ListenAddress,
  type Logger,
  type Part,
  type Webspace,
} from '@webspaces/core'
import type { Endpoints } from '../endpoints.ts'
import { localError } from '../errors.ts'
import type { Exchange, Upgrade } from './exchange.ts'
import { Forwarder, type ForwardLimits } from './forward.ts'
import { platformUrl, sendError } from './pages/error-page.ts'
import { answerPlatform } from './platform.ts'
import { targetOf } from './request.ts'
import { Routes } from './routes.ts'
import { createHttpServer, listen, type ServerLimits } from './server.ts'
import { sitesOf } from './sites.ts'

export interface RouterOptions {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  readonly cluster: Cluster
  readonly endpoints: Endpoints
  /** What the platform's own page shows. */
  readonly webspaces: () => Iterable<Webspace>
  readonly cloneUrl: Addressing['cloneUrl']
  readonly logger: Logger
  readonly limits?: Partial<RouterLimits>
}

export type RouterLimits = ForwardLimits & ServerLimits

const DEFAULT_LIMITS: RouterLimits = {
  waitMs: 5000,
  connectTimeoutMs: 3000,
  idleTimeoutMs: 10 * 60_000,
  maxConnections: 4096,
  maxHeaderBytes: 32 * 1024,
  headersTimeoutMs: 10_000,
  keepAliveTimeoutMs: 65_000,
  lingerMs: 10_000,
}

/**
 * The way in to the sites: follows the cluster's Ingresses, Services and Deployments, and sends each request to a
 * ready replica. At its own address it shows the platform's page.
 *
 * It listens before it knows anything, and answers 503 until it does: whoever comes early is asked to come again, and
 * a taken port is found before anything else has been started.
 */
export class Router implements Part {
  readonly name = 'router'
  readonly stage = 'cache'
  readonly #options: RouterOptions
  readonly #limits: RouterLimits
  readonly #routes: Routes
  readonly #forwarder: Forwarder
  readonly #server: Server
  /** What is being answered, by what ends it. */
  readonly #running = new Map<AbortController, Exchange>()
  readonly #stop = new AbortController()
  #following: Promise<void> = Promise.resolve()
  #synced = false
  #address: ListenAddress | undefined
  #drained: Promise<void> | undefined
  #onIdle: () => void = () => undefined

  constructor(options: RouterOptions) {
    this.#options = options
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits }
    this.#routes = new Routes(options.cluster, options.logger)
    this.#forwarder = new Forwarder(options.endpoints, this.#limits, options.logger)
    this.#server = createHttpServer(this.#limits, (request, response, upgrade) => {
      this.#serve(request, response, upgrade).catch((error: unknown) => {
        options.logger.error('request handling failed', { error })
        response.destroy()
      })
    })
  }

  /** Where it listens; the port is the real one where 0 was asked for. Undefined before `start`. */
  get address(): ListenAddress | undefined {
    return this.#address
  }

  /** @throws WS_LOCAL_PORT_TAKEN, WS_LOCAL_LISTEN_FAILED */
  async start(signal: AbortSignal): Promise<void> {
    const { host, port, logger } = this.#options
    this.#address = await listen(this.#server, host, port)
    logger.info('router listened', { ...this.#address })
    signal.addEventListener('abort', () => this.#stop.abort(), { once: true })
    await new Promise<void>((resolve) => {
      this.#following = this.#routes
        .follow(this.#stop.signal, () => {
          this.#synced = true
          resolve()
        })
        .catch((error: unknown) => logger.error('router lost its watch', { error }))
        .finally(resolve)
    })
  }

  /**
   * Accepts no more connections, lets what is running end until the signal aborts, and cuts the rest. What has changed
   * its protocol is cut at once, as it has no end of its own to wait for.
   */
  drain(signal: AbortSignal): Promise<void> {
    this.#drained ??= this.#drain(signal)
    return this.#drained
  }

  async stop(signal: AbortSignal): Promise<void> {
    await this.drain(signal)
    this.#forwarder.close()
    this.#stop.abort()
    await this.#following
  }

  async #drain(signal: AbortSignal): Promise<void> {
    if (!this.#server.listening) return
    // Not http's own close: it also ends connections whose answer is written and not yet sent.
    NetServer.prototype.close.call(this.#server)
    for (const [ending, { upgrade }] of this.#running) if (upgrade !== undefined) ending.abort()
    for (const { response } of this.#running.values()) response.shouldKeepAlive = false
    await this.#idle(signal)
    for (const ending of this.#running.keys()) ending.abort()
    this.#server.closeAllConnections()
    this.#server.close()
  }

  /** Resolves when nothing is running, or the signal aborts. */
  #idle(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (this.#running.size === 0 || signal.aborted) return resolve()
      this.#onIdle = resolve
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
  }

  async #serve(request: IncomingMessage, response: ServerResponse, upgrade: Upgrade | undefined): Promise<void> {
    const ending = new AbortController()
    const exchange: Exchange = { request, response, upgrade, signal: ending.signal }
    this.#running.set(ending, exchange)
    if (this.#drained !== undefined) response.shouldKeepAlive = false
    const closed = new Promise<void>((resolve) => response.once('close', resolve)).then(() => ending.abort())
    try {
      await this.#answerOrExplain(exchange)
      // A connection that has changed its protocol is no longer the response's.
      if (response.socket !== null) await closed
    } finally {
      ending.abort()
      this.#running.delete(ending)
      if (this.#running.size === 0) this.#onIdle()
    }
  }

  async #answerOrExplain(exchange: Exchange): Promise<void> {
    const { request, response, signal } = exchange
    try {
      await this.#answer(exchange)
    } catch (error) {
      if (response.headersSent || signal.aborted) response.destroy()
      else sendError(request, response, this.#report(error))
    }
  }

  async #answer(exchange: Exchange): Promise<void> {
    const { request, response, upgrade } = exchange
    if (!this.#synced) throw localError('WS_ROUTER_STARTING', 'the platform is not ready yet')
    const { host, path } = targetOf(request, upgrade !== undefined)
    // No site can have an address for a host, so whoever uses one means the platform.
    if (host.address || host.name === 'localhost' || host.name === this.#options.host.toLowerCase()) {
      answerPlatform(request, response, sitesOf(this.#options.webspaces(), this.#options.cloneUrl))
      return
    }
    await this.#forwarder.forward(exchange, () => {
      const route = this.#routes.find(host.name, path)
      if (route !== undefined) return route
      throw localError('WS_SITE_UNKNOWN', `no site of this platform is at ${host.name}`, {
        remedy: `Check the address; the sites are listed at ${platformUrl(request)}`,
      })
    })
  }

  /** What the client is told; what is not the client's doing is also logged. */
  #report(error: unknown): WebspacesError {
    const { logger } = this.#options
    if (error instanceof WebspacesError) {
      if (error.cause !== undefined) logger.warn('request failed', { error })
      return error
    }
    logger.error('request failed', { error })
    return coreError('WS_INTERNAL', 'the request could not be passed on')
  }
}

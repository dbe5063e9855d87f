import { Agent } from 'node:http'
import type { Logger } from '@webspaces/core'
import type { Endpoints, Lease } from '../endpoints.ts'
import { localError } from '../errors.ts'
import { attempt, type Attempt } from './attempt.ts'
import { hasBody, type Exchange } from './exchange.ts'
import { relayResponse, relayUpgrade } from './relay.ts'
import type { Route } from './routes.ts'

export interface ForwardLimits {
  /** How long a request may wait for a replica that takes it. */
  readonly waitMs: number
  readonly connectTimeoutMs: number
  readonly idleTimeoutMs: number
}

/** RFC 9110 §9.2.2. */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'])

/**
 * Brings requests to replicas, and their answers back. A client sees a failure only where there is nothing else to
 * do: a request that has not reached a replica goes to another, and one that finds none ready waits a little.
 */
export class Forwarder {
  readonly #endpoints: Endpoints
  readonly #limits: ForwardLimits
  readonly #logger: Logger
  /** Idle connections are closed before the 5 s after which node's servers close them, which some requests would meet. */
  readonly #agent = new Agent({ keepAlive: true, maxFreeSockets: 16, timeout: 4000 })

  constructor(endpoints: Endpoints, limits: ForwardLimits, logger: Logger) {
    this.#endpoints = endpoints
    this.#limits = limits
    this.#logger = logger
  }

  close(): void {
    this.#agent.destroy()
  }

  /**
   * Answers the exchange from a replica. `route` is asked again before every try, as it can change meanwhile.
   * @throws WS_SITE_STARTING, WS_SITE_STOPPED, WS_SITE_UNREACHABLE, WS_SITE_TIMEOUT; nothing has been answered then.
   */
  async forward(exchange: Exchange, route: () => Route): Promise<void> {
    const { request, upgrade, signal } = exchange
    // An idle connection may be closing while we use it, and then nobody knows whether the request was read. What
    // cannot be sent a second time gets a connection of its own.
    const repeatable = IDEMPOTENT.has(request.method ?? '') && !hasBody(request) && upgrade === undefined
    let agent = repeatable ? this.#agent : false
    const refused = new Set<string>()
    const deadline = performance.now() + this.#limits.waitMs
    for (;;) {
      const lease = await this.#lease(route, refused, deadline, signal)
      try {
        const { connectTimeoutMs, idleTimeoutMs } = this.#limits
        const protocol = upgrade && request.headers.upgrade
        const options = { agent, upgrade: protocol, connectTimeoutMs, idleTimeoutMs, signal }
        const result = await attempt(lease.endpoint, request, options)
        signal.throwIfAborted()
        if (result.type === 'answered') {
          await relayResponse(result.response, exchange)
          return
        }
        if (result.type === 'upgraded') {
          await relayUpgrade(result, exchange, idleTimeoutMs)
          return
        }
        this.#logger.debug('replica gave no answer', {
          replica: lease.endpoint.id,
          how: result.type,
          error: result.error,
        })
        if (result.type === 'refused') refused.add(lease.endpoint.id)
        else if (result.type === 'stale') agent = false
        else throw failure(result)
      } finally {
        lease.release()
      }
    }
  }

  /** A hold on a replica that has not refused; waits for one until the deadline. */
  async #lease(
    route: () => Route,
    refused: ReadonlySet<string>,
    deadline: number,
    signal: AbortSignal,
  ): Promise<Lease> {
    for (;;) {
      const { namespace, service, selector, stopped } = route()
      const left = deadline - performance.now()
      const lease = left > 0 || refused.size === 0 ? this.#endpoints.acquire(namespace, selector, refused) : undefined
      if (lease !== undefined) return lease
      if (stopped()) throw localError('WS_SITE_STOPPED', `the site ${service} is stopped`)
      if (left <= 0 || signal.aborted) {
        throw refused.size > 0
          ? localError('WS_SITE_UNREACHABLE', `the site ${service} takes no connections`)
          : localError('WS_SITE_STARTING', `the site ${service} is not ready yet`)
      }
      await this.#change(left, signal)
    }
  }

  /** Resolves at the next change of the endpoints, or when there is no reason left to wait. */
  #change(waitMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        forget()
        signal.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, waitMs)
      const forget = this.#endpoints.onChange(done)
      signal.addEventListener('abort', done, { once: true })
    })
  }
}

function failure(result: Extract<Attempt, { readonly error: Error }>): Error {
  return result.type === 'silent'
    ? localError('WS_SITE_TIMEOUT', 'the site did not answer in time', { cause: result.error })
    : localError('WS_SITE_UNREACHABLE', 'the site ended the connection without an answer', { cause: result.error })
}

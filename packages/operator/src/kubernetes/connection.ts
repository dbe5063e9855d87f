import { HttpMethod, KubeConfig, RequestContext } from '@kubernetes/client-node'
import { getGlobalDispatcher, type Dispatcher } from 'undici'
import type { Clock } from '@webspaces/core'
import { operatorError } from '../errors.ts'

/** As client-go: tokens of service accounts are replaced in their file long before they expire. */
const RENEW_MS = 60_000

/** What a request needs to be taken by the API server. */
export interface Access {
  readonly dispatcher: Dispatcher
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Where the API server is, and who we are to it: read by client-node from a kubeconfig, with all ways to log in that it
 * knows.
 *
 * Its own request functions make a dispatcher, and with it a TLS connection, for every single request (2.0.1: 11 ms
 * each instead of 2). Here all requests share one, and it is renewed every minute together with the credentials.
 */
export class Connection {
  /** Without a slash at its end. */
  readonly server: string
  /** The one of the pod that this runs in, or of the kubeconfig's context. */
  readonly namespace: string | undefined
  readonly #config: KubeConfig
  readonly #clock: Pick<Clock, 'now'>
  #access: Promise<Access> | undefined
  #renewAt = 0

  /** @throws WS_KUBECONFIG */
  constructor(config: KubeConfig, clock: Pick<Clock, 'now'>) {
    const cluster = config.getCurrentCluster()
    if (cluster === null) throw operatorError('WS_KUBECONFIG', 'the kubeconfig has no current context with a cluster')
    this.server = cluster.server.replace(/\/+$/, '')
    this.namespace = config.getContextObject(config.getCurrentContext())?.namespace
    this.#config = config
    this.#clock = clock
  }

  access(): Promise<Access> {
    if (this.#access === undefined || this.#clock.now() >= this.#renewAt) this.renew()
    return this.#access ?? Promise.reject(new Error('the connection has no access'))
  }

  /**
   * Reads the credentials for the first time. Later on, what cannot be read is a failure of the request that needs it,
   * and may be there again for the next one.
   * @throws WS_KUBECONFIG
   */
  async check(): Promise<void> {
    try {
      await this.access()
    } catch (cause) {
      throw unusable(`the configuration for ${this.server}`, cause)
    }
  }

  /** Reads the credentials anew for the next request: the server did not take the present ones. */
  renew(): void {
    const former = this.#access
    this.#renewAt = this.#clock.now() + RENEW_MS
    const next = this.#read()
    this.#access = next
    next.catch(() => {
      if (this.#access === next) this.#access = undefined
    })
    // Ends when the last of its requests has.
    void former?.then(({ dispatcher }) => closeOwn(dispatcher)).catch(() => undefined)
  }

  /** Ends what is on the present dispatcher, at once. */
  async close(): Promise<void> {
    this.#renewAt = Infinity
    const access = await this.#access?.catch(() => undefined)
    if (access !== undefined && access.dispatcher !== getGlobalDispatcher()) await access.dispatcher.destroy()
  }

  async #read(): Promise<Access> {
    const context = new RequestContext(this.server, HttpMethod.GET)
    await this.#config.applySecurityAuthentication(context)
    // None where the server has a publicly trusted certificate and nothing else is set.
    const dispatcher = context.getDispatcher() ?? getGlobalDispatcher()
    return { dispatcher, headers: context.getHeaders() }
  }
}

/**
 * The kubeconfig at `path`; without one that of the pod that this runs in, of `KUBECONFIG`, or `~/.kube/config`.
 * @throws WS_KUBECONFIG
 */
export function readKubeConfig(path: string | undefined, env: NodeJS.ProcessEnv = process.env): KubeConfig {
  const config = new KubeConfig()
  try {
    if (path !== undefined) config.loadFromFile(path)
    else if (env['KUBERNETES_SERVICE_HOST'] !== undefined && env['KUBECONFIG'] === undefined) config.loadFromCluster()
    else config.loadFromDefault()
  } catch (cause) {
    throw unusable(path ?? 'the default kubeconfig', cause)
  }
  // What client-node falls back to: nobody has said so.
  if (config.getCurrentCluster()?.server === 'http://localhost:8080') {
    throw operatorError('WS_KUBECONFIG', 'there is neither a kubeconfig nor a service account')
  }
  return config
}

function unusable(what: string, cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return operatorError('WS_KUBECONFIG', `${what} cannot be used: ${reason}`, { cause })
}

async function closeOwn(dispatcher: Dispatcher): Promise<void> {
  if (dispatcher !== getGlobalDispatcher()) await dispatcher.close()
}

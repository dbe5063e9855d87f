import { Deployment, Ingress, keyString, Service, WatchedCache, type Cluster, type Logger } from '@webspaces/core'

/** Where the requests for a host and path go. */
export interface Route {
  readonly namespace: string
  /** Name of the Service. */
  readonly service: string
  /** Labels of its replicas. */
  readonly selector: Readonly<Record<string, string>>
  /** Whether it is to have no replicas, so that there is none to wait for. */
  readonly stopped: () => boolean
}

interface Rule {
  readonly path: string
  readonly namespace: string
  readonly service: string
}

/** The Ingresses, Services and Deployments of the cluster, as answers to one question: where does this go? */
export class Routes {
  readonly #ingresses: WatchedCache<Ingress>
  readonly #services: WatchedCache<Service>
  readonly #deployments: WatchedCache<Deployment>
  /** By host; made when first asked for after a change. */
  #rules: ReadonlyMap<string, readonly Rule[]> | undefined

  readonly #logger: Logger

  constructor(cluster: Cluster, logger: Logger) {
    this.#logger = logger
    this.#ingresses = new WatchedCache(cluster, Ingress, logger)
    this.#services = new WatchedCache(cluster, Service, logger)
    this.#deployments = new WatchedCache(cluster, Deployment, logger)
    this.#ingresses.onChange(() => (this.#rules = undefined))
  }

  /** Follows the cluster until the signal aborts; calls `synced` once all that was there is known. */
  async follow(signal: AbortSignal, synced: () => void): Promise<void> {
    let unsynced = 3
    const oneSynced = (): void => {
      unsynced -= 1
      if (unsynced === 0) synced()
    }
    const caches = [this.#ingresses, this.#services, this.#deployments]
    await Promise.all(caches.map((cache) => cache.follow(signal, oneSynced)))
  }

  /** `host` as `parseHost` gives it, `path` without its query. Undefined if no Ingress has this host. */
  find(host: string, path: string): Route | undefined {
    this.#rules ??= this.#rulesByHost()
    const rule = this.#rules.get(host)?.find((candidate) => isBelow(path, candidate.path))
    if (rule === undefined) return undefined
    const { namespace, service } = rule
    const selector = this.#services.get(`${namespace}/${service}`)?.spec.selector ?? {}
    return { namespace, service, selector, stopped: () => this.#stopped(namespace, selector) }
  }

  /** Only by a Deployment that says so: one that is not known yet may be about to come. */
  #stopped(namespace: string, selector: Route['selector']): boolean {
    const wanted = Object.entries(selector)
    const deployments = [...this.#deployments.values()].filter(
      ({ metadata, spec }) =>
        metadata.namespace === namespace &&
        wanted.every(([key, value]) => spec.template.metadata.labels[key] === value),
    )
    return deployments.length > 0 && deployments.every(({ spec }) => spec.replicas === 0)
  }

  /** For each host the longest path first, and of two rules with one path the older Ingress's. */
  #rulesByHost(): Map<string, readonly Rule[]> {
    const byHost = new Map<string, Rule[]>()
    const oldestFirst = [...this.#ingresses.values()].sort((a, b) => age(a).localeCompare(age(b)))
    for (const ingress of oldestFirst) {
      try {
        for (const [host, rules] of rulesOf(ingress)) byHost.set(host, [...(byHost.get(host) ?? []), ...rules])
      } catch (error) {
        // Written by hand, and of another shape than ours: it must not take the other sites with it.
        this.#logger.warn('ingress was not understood', { ingress: keyString(ingress.metadata), error })
      }
    }
    for (const rules of byHost.values()) rules.sort((a, b) => b.path.length - a.path.length)
    return byHost
  }
}

function rulesOf({ metadata, spec }: Ingress): [host: string, rules: Rule[]][] {
  const { namespace = '' } = metadata
  return spec.rules.map(({ host, http }) => [
    host,
    http.paths.map(({ path, backend }) => ({ path, namespace, service: backend.service.name })),
  ])
}

/** Sorts by time of creation, and by name where two were made in one second. */
function age({ metadata }: Ingress): string {
  return `${metadata.creationTimestamp ?? ''} ${metadata.namespace ?? ''}/${metadata.name}`
}

/** Kubernetes' pathType Prefix: element by element, so that /api does not take /apiary. */
function isBelow(path: string, prefix: string): boolean {
  const base = prefix.replace(/\/$/, '')
  return path === base || path.startsWith(`${base}/`)
}

import {
  inject,
  injectable,
  CLUSTER,
  Customer,
  Label,
  LOGGER,
  MANAGER,
  Release,
  RESOURCE_CACHES,
  RuntimeResource,
  WatchedCache,
  Webspace,
  token,
  type Cluster,
  type Kind,
  type KubernetesObject,
  type Logger,
  type ResourceCaches,
  type Token,
} from '@webspaces/core'

export const WATCHES: Token<Watches> = token('Watches (of the plugin controllers)')

/**
 * One view in memory of each kind, which all reconcilers read and are woken by. It is one and the same, so that whoever
 * is woken by a change finds it when looking. Of Kubernetes' own kinds it holds what Webspaces manages and nothing else.
 */
@injectable()
export class Watches {
  readonly #cluster: Cluster
  readonly #logger: Logger
  readonly #caches = new Map<string, WatchedCache<KubernetesObject>>()
  readonly #unfollowed: WatchedCache<KubernetesObject>[] = []
  readonly #following: Promise<void>[] = []
  readonly #lost: string[] = []

  constructor(
    @inject(CLUSTER) cluster: Cluster,
    @inject(RESOURCE_CACHES) resources: ResourceCaches,
    @inject(LOGGER) logger: Logger,
  ) {
    this.#cluster = cluster
    this.#logger = logger
    this.#caches.set(id(Customer), resources.customers)
    this.#caches.set(id(RuntimeResource), resources.runtimes)
    this.#caches.set(id(Webspace), resources.webspaces)
    this.#caches.set(id(Release), resources.releases)
  }

  /** Kinds whose watch has ended by an error: what is known of them grows old. */
  get lost(): readonly string[] {
    return this.#lost
  }

  /** The view of a kind. Asked for before `follow`; empty until then, the four resources apart. */
  of<T extends KubernetesObject>(kind: Kind<T>): WatchedCache<T> {
    const known = this.#caches.get(id(kind))
    // The kind carries the type of its objects, so what was stored under it is of that type.
    if (known !== undefined) return known as unknown as WatchedCache<T>
    const cache = new WatchedCache(this.#cluster, kind, this.#logger, { labels: { [Label.managedBy]: MANAGER } })
    this.#caches.set(id(kind), cache)
    this.#unfollowed.push(cache)
    return cache
  }

  /**
   * Follows the cluster until the signal aborts. Resolves when everything that is in the cluster is known.
   * @throws what ended a watch before that.
   */
  async follow(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#unfollowed.splice(0).map((cache) => this.#follow(cache, signal)))
  }

  /** Resolves when nothing is followed any more. */
  async ended(): Promise<void> {
    await Promise.allSettled(this.#following)
  }

  #follow(cache: WatchedCache<KubernetesObject>, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const ended = cache.follow(signal, resolve)
      ended.then(resolve, reject)
      this.#following.push(
        ended.catch((error: unknown) => {
          this.#lost.push(cache.kind.plural)
          this.#logger.error('watch ended', { kind: cache.kind.plural, error })
        }),
      )
    })
  }
}

function id(kind: Kind): string {
  return `${kind.apiVersion}/${kind.plural}`
}

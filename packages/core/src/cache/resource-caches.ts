import { inject, injectable } from '../plugin/injection.ts'
import type { Cluster } from '../contracts/cluster.ts'
import type { Part } from '../contracts/part.ts'
import type { Logger } from '../contracts/system.ts'
import { CLUSTER, LOGGER } from '../plugin/tokens.ts'
import { Customer } from '../resources/customer.ts'
import { Release } from '../resources/release.ts'
import { RuntimeResource } from '../resources/runtime.ts'
import type { KubernetesObject } from '../resources/object.ts'
import { Webspace } from '../resources/webspace.ts'
import { WatchedCache } from './watched-cache.ts'

/** The four resources in memory: what access checks and the push rules look at, without asking the cluster. */
@injectable()
export class ResourceCaches implements Part {
  readonly name = 'resource caches'
  readonly stage = 'cache'
  readonly customers: WatchedCache<Customer>
  readonly runtimes: WatchedCache<RuntimeResource>
  readonly webspaces: WatchedCache<Webspace>
  readonly releases: WatchedCache<Release>
  readonly #logger: Logger
  readonly #stop = new AbortController()
  readonly #lost: string[] = []
  #following: Promise<unknown> = Promise.resolve()

  constructor(@inject(CLUSTER) cluster: Cluster, @inject(LOGGER) logger: Logger) {
    this.#logger = logger
    this.customers = new WatchedCache(cluster, Customer, logger)
    this.runtimes = new WatchedCache(cluster, RuntimeResource, logger)
    this.webspaces = new WatchedCache(cluster, Webspace, logger)
    this.releases = new WatchedCache(cluster, Release, logger)
  }

  /** Kinds whose watch has ended by an error: what is known of them grows old. */
  get lost(): readonly string[] {
    return this.#lost
  }

  /** Resolves when everything that is in the cluster is known. */
  async start(signal: AbortSignal): Promise<void> {
    const caches = [this.customers, this.runtimes, this.webspaces, this.releases]
    const followed = caches.map((cache) => this.#follow(cache))
    this.#following = Promise.allSettled(followed.map(({ ended }) => ended))
    signal.addEventListener('abort', () => this.#stop.abort(), { once: true })
    await Promise.all(followed.map(({ synced, ended }) => Promise.race([synced, ended])))
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#following
  }

  #follow(cache: Pick<WatchedCache<KubernetesObject>, 'follow' | 'kind'>): {
    readonly synced: Promise<void>
    readonly ended: Promise<void>
  } {
    let ended: Promise<void> = Promise.resolve()
    const synced = new Promise<void>((resolve) => {
      ended = cache.follow(this.#stop.signal, resolve)
    })
    ended.catch((error: unknown) => {
      this.#lost.push(cache.kind.plural)
      this.#logger.error('cache lost its watch', { kind: cache.kind.plural, error })
    })
    return { synced, ended }
  }
}

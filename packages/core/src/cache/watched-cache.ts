import type { Cluster, ListOptions } from '../contracts/cluster.ts'
import type { Logger } from '../contracts/system.ts'
import { keyString, type Kind, type KubernetesObject } from '../resources/object.ts'

/** What a listener is told: the key of the object, and its state now and before. */
export interface CacheChange<T> {
  readonly key: string
  readonly now: T | undefined
  readonly before: T | undefined
}

/** All objects of one kind in memory (or those that `selection` names), kept current by a watch. */
export class WatchedCache<T extends KubernetesObject> {
  readonly kind: Kind<T>
  readonly #objects = new Map<string, T>()
  readonly #listeners = new Set<(change: CacheChange<T>) => void>()
  readonly #cluster: Cluster
  readonly #logger: Pick<Logger, 'error'>
  readonly #selection: ListOptions

  constructor(cluster: Cluster, kind: Kind<T>, logger: Pick<Logger, 'error'>, selection: ListOptions = {}) {
    this.#cluster = cluster
    this.kind = kind
    this.#logger = logger
    this.#selection = selection
  }

  /** By name, or `namespace/name`. */
  get(key: string): T | undefined {
    return this.#objects.get(key)
  }

  values(): IterableIterator<T> {
    return this.#objects.values()
  }

  /** Calls the listener for every change from now on, until the returned function is called. */
  onChange(listener: (change: CacheChange<T>) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Follows the cluster until the signal aborts; calls `synced` once everything that was there is known. */
  async follow(signal: AbortSignal, synced: () => void): Promise<void> {
    for await (const event of this.#cluster.watch(this.kind, { ...this.#selection, signal })) {
      if (event.type === 'synced') synced()
      else this.#set(keyString(event.object.metadata), event.type === 'applied' ? event.object : undefined)
    }
  }

  #set(key: string, now: T | undefined): void {
    const before = this.#objects.get(key)
    if (now === undefined) this.#objects.delete(key)
    else this.#objects.set(key, now)
    for (const listener of this.#listeners) this.#tell(listener, { key, now, before })
  }

  /** One listener that fails over one object must not end the watch, which would blind all of them to all objects. */
  #tell(listener: (change: CacheChange<T>) => void, change: CacheChange<T>): void {
    try {
      listener(change)
    } catch (error) {
      this.#logger.error('listener of a cache failed', { kind: this.kind.plural, key: change.key, error })
    }
  }
}

import { keyOf, keyString, type KubernetesObject, type WatchedCache } from '@webspaces/core'

/** The objects of a cache by something else than their name, so that a reconcile need not look at all of them. */
export class CacheIndex<T extends KubernetesObject> {
  readonly #objects = new Map<string, Map<string, T>>()
  readonly #keysOf: (object: T) => readonly (string | undefined)[]

  /** @param keysOf under what an object is found; depends on nothing but the object */
  constructor(cache: WatchedCache<T>, keysOf: (object: T) => readonly (string | undefined)[]) {
    this.#keysOf = keysOf
    for (const object of cache.values()) this.#add(nameOf(object), object)
    cache.onChange(({ key, now, before }) => {
      if (before !== undefined) this.#remove(key, before)
      if (now !== undefined) this.#add(key, now)
    })
  }

  of(key: string): T[] {
    return [...(this.#objects.get(key)?.values() ?? [])]
  }

  #add(name: string, object: T): void {
    for (const key of this.#keysOf(object)) {
      if (key === undefined) continue
      const found = this.#objects.get(key)
      if (found === undefined) this.#objects.set(key, new Map([[name, object]]))
      else found.set(name, object)
    }
  }

  #remove(name: string, object: T): void {
    for (const key of this.#keysOf(object)) {
      if (key === undefined) continue
      const found = this.#objects.get(key)
      found?.delete(name)
      if (found?.size === 0) this.#objects.delete(key)
    }
  }
}

function nameOf(object: KubernetesObject): string {
  return keyString(keyOf(object))
}

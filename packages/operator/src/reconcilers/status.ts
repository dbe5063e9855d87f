import { isDeepStrictEqual } from 'node:util'
import {
  hasCode,
  keyOf,
  type Cluster,
  type Kind,
  type MergePatch,
  type Resource,
  type WriteOptions,
} from '@webspaces/core'

/** Writes what a reconciler has found out of its objects, which it reads from a cache. */
export class StatusWriter<T extends Resource<unknown, object>> {
  readonly #cluster: Pick<Cluster, 'patchStatus'>
  readonly #kind: Kind<T>
  /** As the cache had them when they were written to. The watch brings each anew, and with it the next look. */
  readonly #outdated = new WeakSet<object>()

  constructor(cluster: Pick<Cluster, 'patchStatus'>, kind: Kind<T>) {
    this.#cluster = cluster
    this.#kind = kind
  }

  /**
   * Makes the given fields of the status so, each as a whole, and leaves the others to whom they belong; undefined
   * removes a field. Nothing is written if all are so already, as every write would wake the one who wrote, nor if the
   * object is one that was written to: what differs there may be what was written.
   */
  async write(object: T, status: Partial<NonNullable<T['status']>>, { signal }: WriteOptions): Promise<void> {
    if (this.#outdated.has(object)) return
    const observed = { observedGeneration: object.metadata.generation, ...status }
    const patch = patchBetween(object.status ?? {}, { ...object.status, ...observed })
    if (patch === undefined) return
    try {
      const { metadata } = await this.#cluster.patchStatus(this.#kind, keyOf(object), patch, { signal })
      // A patch that changes nothing is not heard of by the watch.
      if (metadata.resourceVersion !== object.metadata.resourceVersion) this.#outdated.add(object)
    } catch (error) {
      // It went in the meantime, and what its status would have been concerns nobody any more.
      if (!hasCode(error, 'WS_NOT_FOUND')) throw error
    }
  }
}

/** What turns `from` into `to` as a merge patch (RFC 7386), or undefined if they are equal. */
export function patchBetween(from: object, to: object): MergePatch | undefined {
  const former = from as Record<string, unknown>
  const next = to as Record<string, unknown>
  const patch: Record<string, unknown> = {}
  for (const name of new Set([...Object.keys(former), ...Object.keys(next)])) {
    const [before, after] = [former[name], next[name]]
    if (isRecord(before) && isRecord(after)) {
      const inner = patchBetween(before, after)
      if (inner !== undefined) patch[name] = inner
    } else if (!isDeepStrictEqual(before, after)) {
      patch[name] = after ?? null
    }
  }
  return Object.keys(patch).length === 0 ? undefined : patch
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

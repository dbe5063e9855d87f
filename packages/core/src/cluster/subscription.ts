import type { WatchEvent } from '../contracts/cluster.ts'
import type { KubernetesObject } from '../resources/object.ts'

const SYNCED = Symbol('synced')

/**
 * One watcher's view: what it has still to be shown.
 *
 * There is at most one event an object, its latest: a consumer that is slow costs memory for the objects that there are,
 * not for the changes that there were. Objects are told apart by uid, so that one that was replaced by another of
 * the same name is still seen to go.
 */
export class Subscription<T extends KubernetesObject> {
  readonly #pending = new Map<string | symbol, WatchEvent<T>>()
  readonly #shown = new Set<string>()
  readonly #selects: (object: T) => boolean
  #wake = (): void => undefined

  constructor(snapshot: Iterable<T>, selects: (object: T) => boolean) {
    this.#selects = selects
    for (const object of snapshot) this.applied(object)
    this.#pending.set(SYNCED, { type: 'synced' })
  }

  applied(object: T): void {
    if (!this.#selects(object)) return this.deleted(object)
    this.#pending.set(uidOf(object), { type: 'applied', object })
    this.#wake()
  }

  /** Also for an object that is not selected any more. */
  deleted(object: T): void {
    if (this.#shown.has(uidOf(object))) this.#pending.set(uidOf(object), { type: 'deleted', object })
    else this.#pending.delete(uidOf(object))
    this.#wake()
  }

  async *events(signal: AbortSignal): AsyncGenerator<WatchEvent<T>, void, undefined> {
    const wake = (): void => this.#wake()
    signal.addEventListener('abort', wake)
    try {
      while (!signal.aborted) {
        const event = this.#take()
        if (event !== undefined) yield event
        else await new Promise<void>((resolve) => (this.#wake = resolve))
      }
    } finally {
      signal.removeEventListener('abort', wake)
    }
  }

  #take(): WatchEvent<T> | undefined {
    for (const [id, event] of this.#pending) {
      this.#pending.delete(id)
      if (event.type === 'applied') this.#shown.add(uidOf(event.object))
      else if (event.type === 'deleted') this.#shown.delete(uidOf(event.object))
      return event
    }
    return undefined
  }
}

function uidOf(object: KubernetesObject): string {
  return object.metadata.uid ?? ''
}

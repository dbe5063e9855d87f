import assert from 'node:assert/strict'
import type { Cluster, WatchEvent, WatchOptions } from '../../contracts/cluster.ts'
import { keyOf, keyString, type Kind, type KubernetesObject } from '../../resources/object.ts'

/** Follows a watch and keeps what it was shown. */
export class WatchRecorder<T extends KubernetesObject> {
  readonly events: WatchEvent<T>[] = []
  /** The objects as a follower of the events knows them, by key. */
  readonly known = new Map<string, T>()
  /** How the iteration ended. */
  readonly ended: Promise<void>
  readonly #stop = new AbortController()
  #arrived = (): void => undefined

  constructor(cluster: Cluster, kind: Kind<T>, options: WatchOptions) {
    const signal = AbortSignal.any([options.signal, this.#stop.signal])
    this.ended = this.#follow(cluster.watch(kind, { ...options, signal }))
    // A failure is found by whoever waits for an event.
    this.ended.catch(() => undefined)
  }

  get synced(): boolean {
    return this.events.some((event) => event.type === 'synced')
  }

  stop(): void {
    this.#stop.abort()
  }

  /** Waits until the check holds. */
  async until(what: string, check: (recorder: this) => boolean, patienceMs = 15_000): Promise<void> {
    const deadline = AbortSignal.timeout(patienceMs)
    const timedOut = new Promise<never>((_resolve, reject) => {
      deadline.addEventListener('abort', () => reject(new assert.AssertionError({ message: `never saw: ${what}` })))
    })
    timedOut.catch(() => undefined)
    const gaveUp = this.ended.then(() => Promise.reject(new Error(`the watch ended before: ${what}`)))
    gaveUp.catch(() => undefined)
    while (!check(this)) {
      const arrived = new Promise<void>((resolve) => (this.#arrived = resolve))
      await Promise.race([arrived, timedOut, gaveUp])
    }
  }

  async #follow(events: AsyncIterable<WatchEvent<T>>): Promise<void> {
    for await (const event of events) {
      this.events.push(event)
      if (event.type === 'applied') this.known.set(keyString(keyOf(event.object)), event.object)
      if (event.type === 'deleted') this.known.delete(keyString(keyOf(event.object)))
      this.#arrived()
    }
  }
}

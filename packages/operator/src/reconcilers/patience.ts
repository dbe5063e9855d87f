import type { Clock } from '@webspaces/core'

/** As long as a cluster needs that is well and has much to do; what takes longer is worth telling. Milliseconds. */
const PATIENCE_MS = 30_000

/**
 * Tells what is on its way from what is late. What a reconcile has just written comes back by the watch, and again when
 * Kubernetes has looked at it: a status in between would say nothing that the next does not, and costs a request each.
 */
export class Patience {
  readonly #clock: Pick<Clock, 'now'>
  /** Since when it is waited for; milliseconds since the epoch. */
  readonly #since = new Map<string, number>()

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock
  }

  /** How long it can still be waited for what `key` needs. Milliseconds; 0 if it is there, or late. */
  left(key: string, isThere: boolean): number {
    if (isThere) {
      this.#since.delete(key)
      return 0
    }
    const now = this.#clock.now()
    const since = this.#since.get(key) ?? now
    this.#since.set(key, since)
    return Math.max(0, since + PATIENCE_MS - now)
  }

  forget(key: string): void {
    this.#since.delete(key)
  }
}

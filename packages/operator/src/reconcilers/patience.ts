import type { Clock } from '@webspaces/core'

/** What takes longer is worth telling. Milliseconds. */
const LIMITS_MS = {
  /** As long as a cluster needs that is well and has much to do. */
  moment: 30_000,
  /** As long as hundreds of others need that come first. */
  turn: 5 * 60_000,
}

/** A kind of wait. */
export type Wait = keyof typeof LIMITS_MS

/**
 * Tells what is on its way from what is late. What a reconcile has just written comes back by the watch, and again when
 * Kubernetes has looked at it: a status in between would say nothing that the next does not, and costs a request each.
 */
export class Patience {
  readonly #clock: Pick<Clock, 'now'>
  /** What is waited for, and since when; milliseconds since the epoch. */
  readonly #waits = new Map<string, { readonly awaited: Wait; readonly since: number }>()

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock
  }

  /**
   * How long it can still be waited for what `key` needs. Milliseconds; 0 if it is late.
   * @param awaited undefined if all is there
   */
  left(key: string, awaited: Wait | undefined): number {
    if (awaited === undefined) {
      this.#waits.delete(key)
      return 0
    }
    const now = this.#clock.now()
    const wait = this.#waits.get(key)
    const since = wait?.awaited === awaited ? wait.since : now
    this.#waits.set(key, { awaited, since })
    return Math.max(0, since + LIMITS_MS[awaited] - now)
  }

  forget(key: string): void {
    this.#waits.delete(key)
  }
}

import { setTimeout as delay } from 'node:timers/promises'
import type { Clock } from '@webspaces/core'

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(milliseconds, signal) {
    try {
      await delay(milliseconds, undefined, signal === undefined ? {} : { signal })
    } catch (error) {
      // Node throws an AbortError of its own; the contract promises the signal's reason.
      signal?.throwIfAborted()
      throw error
    }
  },
}

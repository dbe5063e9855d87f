import type { Clock } from '@webspaces/core'

export interface RateLimitOptions {
  /** How much is allowed at once. */
  readonly burst: number
  /** After this time one more is allowed. Milliseconds. */
  readonly everyMs: number
  /** How many keys are remembered; a key that was forgotten begins anew. */
  readonly objects: number
}

interface Bucket {
  readonly tokens: number
  readonly at: number
}

/** A token bucket for each key. */
export class RateLimit {
  readonly #clock: Pick<Clock, 'now'>
  readonly #options: RateLimitOptions
  /** The one longest unused first. */
  readonly #buckets = new Map<string, Bucket>()

  constructor(clock: Pick<Clock, 'now'>, options: RateLimitOptions) {
    this.#clock = clock
    this.#options = options
  }

  /** Whether there is room for one more of this key; if so, it is taken. */
  take(key: string): boolean {
    const { burst, everyMs, objects } = this.#options
    const now = this.#clock.now()
    const { tokens, at } = this.#buckets.get(key) ?? { tokens: burst, at: now }
    const filled = Math.min(burst, tokens + (now - at) / everyMs)
    const allowed = filled >= 1
    this.#buckets.delete(key)
    this.#buckets.set(key, { tokens: allowed ? filled - 1 : filled, at: now })
    const [oldest] = this.#buckets.keys()
    if (this.#buckets.size > objects && oldest !== undefined) this.#buckets.delete(oldest)
    return allowed
  }
}

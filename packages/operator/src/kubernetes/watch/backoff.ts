export interface BackoffTimes {
  /** The longest first pause. Milliseconds. */
  readonly firstMs: number
  readonly longestMs: number
}

/** Pauses between tries: twice as long each time, and of a random length, so that many clients do not come back at once. */
export class JitteredBackoff {
  readonly #times: BackoffTimes
  readonly #random: () => number
  #failures = 0

  constructor(times: BackoffTimes, random: () => number = Math.random) {
    this.#times = times
    this.#random = random
  }

  /** Milliseconds. */
  next(): number {
    const longest = Math.min(this.#times.firstMs * 2 ** this.#failures, this.#times.longestMs)
    this.#failures += 1
    return longest * (0.5 + this.#random() / 2)
  }

  reset(): void {
    this.#failures = 0
  }
}

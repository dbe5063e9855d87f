const FIRST_MS = 200
const LONGEST_MS = 60_000

/** How long to wait before a key that failed is tried again: twice as long each time, up to a minute. */
export class Backoff {
  readonly #failures = new Map<string, number>()

  /** Counts one more failure. @returns milliseconds */
  next(key: string): number {
    const failures = this.#failures.get(key) ?? 0
    this.#failures.set(key, failures + 1)
    return Math.min(FIRST_MS * 2 ** failures, LONGEST_MS)
  }

  /** Forgets the failures of a key that has succeeded. */
  reset(key: string): void {
    this.#failures.delete(key)
  }
}

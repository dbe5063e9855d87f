const FIRST_MS = 250
const LAST_MS = 30_000
/** A process that ran for so long is taken to have worked. */
const STABLE_MS = 60_000

/** How long to wait before a process is started again: doubling, and from the beginning after a time of calm. */
export class RestartDelay {
  #next = FIRST_MS

  after(ranMs: number): number {
    if (ranMs >= STABLE_MS) this.#next = FIRST_MS
    const delay = this.#next
    this.#next = Math.min(delay * 2, LAST_MS)
    return delay
  }
}

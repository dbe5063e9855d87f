import { setImmediate as turn } from 'node:timers/promises'
import type { Clock } from '@webspaces/core'

interface Sleeper {
  readonly due: number
  readonly wake: () => void
}

/** A clock that stands still until it is told to go on. */
export class ManualClock implements Clock {
  readonly #sleepers = new Set<Sleeper>()
  #now = Date.parse('2026-01-01T00:00:00Z')

  now(): number {
    return this.#now
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        this.#sleepers.delete(sleeper)
        reject(signal?.reason as Error)
      }
      const sleeper: Sleeper = {
        due: this.#now + milliseconds,
        wake: () => {
          signal?.removeEventListener('abort', giveUp)
          resolve()
        },
      }
      if (signal?.aborted === true) return reject(signal.reason as Error)
      signal?.addEventListener('abort', giveUp, { once: true })
      this.#sleepers.add(sleeper)
    })
  }

  /** Lets time pass: wakes whom it is time for, one after the other, each with time to do its work. */
  async advance(milliseconds: number): Promise<void> {
    await turn()
    const until = this.#now + milliseconds
    for (;;) {
      const [next] = [...this.#sleepers].filter(({ due }) => due <= until).sort((a, b) => a.due - b.due)
      if (next === undefined) break
      this.#now = next.due
      this.#sleepers.delete(next)
      next.wake()
      await turn()
    }
    this.#now = until
    await turn()
  }
}

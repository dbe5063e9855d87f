import type { Clock } from '@webspaces/core'
import { NO_METER, type ControllerMeter, type ControllerState } from './observer.ts'

/** The longest delay of a timer in Node; a longer one would fire at once. A key that comes early comes again later. */
const MAX_DELAY_MS = 2 ** 31 - 1

/**
 * Keys that wait for a worker, in the order in which they came. A key waits at most once however often it is added, and
 * is never given to two workers at a time: added while one has it, it comes again when that one is done.
 */
export class WorkQueue {
  readonly #clock: Clock
  readonly #meter: Pick<ControllerMeter, 'queued' | 'taken'>
  /** Key → since when, as of the clock. */
  readonly #waiting = new Map<string, number>()
  readonly #taken = new Map<string, number>()
  /** Added while taken. */
  readonly #again = new Set<string>()
  readonly #later = new Map<string, { readonly due: number; readonly cancel: AbortController }>()
  readonly #takers: ((key: string | undefined) => void)[] = []
  #closed = false

  constructor(clock: Clock, meter: Pick<ControllerMeter, 'queued' | 'taken'> = NO_METER) {
    this.#clock = clock
    this.#meter = meter
  }

  get state(): ControllerState {
    const now = this.#clock.now()
    return { waiting: this.#waiting.size, working: [...this.#taken.values()].map((since) => now - since) }
  }

  add(key: string): void {
    if (this.#closed) return
    if (this.#taken.has(key)) {
      this.#again.add(key)
      return
    }
    if (!this.#waiting.has(key)) {
      this.#waiting.set(key, this.#clock.now())
      this.#meter.queued()
    }
    // Not at once: what several listeners add for one change is one piece of work.
    queueMicrotask(() => this.#hand())
  }

  /** Adds the key after a time, unless it is to be added sooner already. */
  addAfter(key: string, milliseconds: number): void {
    const due = this.#clock.now() + milliseconds
    const former = this.#later.get(key)
    if (this.#closed || (former !== undefined && former.due <= due)) return
    former?.cancel.abort()
    const cancel = new AbortController()
    this.#later.set(key, { due, cancel })
    this.#clock.sleep(Math.min(milliseconds, MAX_DELAY_MS), cancel.signal).then(
      () => {
        this.#later.delete(key)
        this.add(key)
      },
      () => undefined,
    )
  }

  /** The next key, as soon as there is one; undefined once the queue is closed. */
  take(): Promise<string | undefined> {
    return new Promise((resolve) => {
      if (this.#closed) {
        resolve(undefined)
        return
      }
      this.#takers.push(resolve)
      this.#hand()
    })
  }

  /** Gives a taken key back. */
  done(key: string): void {
    this.#taken.delete(key)
    if (this.#again.delete(key)) this.add(key)
  }

  /** Forgets all keys, and ends every wait for one. */
  close(): void {
    this.#closed = true
    this.#waiting.clear()
    this.#again.clear()
    for (const { cancel } of this.#later.values()) cancel.abort()
    this.#later.clear()
    for (const taker of this.#takers.splice(0)) taker(undefined)
  }

  #hand(): void {
    const [first] = this.#waiting
    if (first === undefined) return
    const [key, since] = first
    const taker = this.#takers.shift()
    if (taker === undefined) return
    this.#waiting.delete(key)
    this.#taken.set(key, this.#clock.now())
    this.#meter.taken(this.#clock.now() - since)
    // Whoever looks at the key now decides anew when to look again.
    this.#later.get(key)?.cancel.abort()
    this.#later.delete(key)
    taker(key)
  }
}

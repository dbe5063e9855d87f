import { coreError } from '../errors/catalogue.ts'
import type { PushTimer } from './push-timer.ts'

export interface QueueLimits {
  readonly concurrentBuilds: number
  readonly concurrentBuildsPerCustomer: number
  readonly maxWaiting: number
}

export interface QueueCounts {
  readonly waiting: number
  readonly running: number
}

interface Waiting {
  readonly customer: string
  readonly start: () => void
  readonly moved: (place: number) => void
}

/**
 * Hands out places to build. Fair between customers: of those that wait, the customer with the fewest running builds
 * is next, and among equals the one that was served longest ago; within a customer first come, first served.
 */
export class BuildQueue {
  readonly #limits: QueueLimits
  readonly #timer: PushTimer
  readonly #waiting: Waiting[] = []
  readonly #running = new Map<string, number>()
  /** Customers in the order in which they were last served. */
  readonly #served = new Set<string>()

  constructor(limits: QueueLimits, timer: PushTimer) {
    this.#limits = limits
    this.#timer = timer
  }

  /** How many wait for a place, and how many have one. */
  get counts(): QueueCounts {
    return { waiting: this.#waiting.length, running: this.#total() }
  }

  /**
   * Runs `build` when there is room. `moved` is told the place in the queue, from 1, at first and whenever it changes.
   * @throws WS_PUSH_QUEUE_FULL, the signal's reason, or what `build` throws
   */
  async run<T>(
    customer: string,
    signal: AbortSignal,
    moved: (place: number) => void,
    build: () => Promise<T>,
  ): Promise<T> {
    await this.#timer.time('queue', () => this.#wait(customer, signal, moved))
    try {
      signal.throwIfAborted()
      return await this.#timer.time('build', build)
    } finally {
      this.#count(customer, -1)
      this.#startNext()
    }
  }

  async #wait(customer: string, signal: AbortSignal, moved: (place: number) => void): Promise<void> {
    signal.throwIfAborted()
    if (this.#waiting.length >= this.#limits.maxWaiting) {
      throw coreError('WS_PUSH_QUEUE_FULL', `${this.#waiting.length} pushes are waiting for a build already`)
    }
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(entry), 1)
        this.#tellPlaces()
        reject(signal.reason as Error)
      }
      const entry: Waiting = {
        customer,
        moved,
        start: () => {
          signal.removeEventListener('abort', onAbort)
          resolve()
        },
      }
      signal.addEventListener('abort', onAbort, { once: true })
      this.#waiting.push(entry)
      this.#startNext()
      if (this.#waiting.includes(entry)) moved(this.#waiting.indexOf(entry) + 1)
    })
  }

  #startNext(): void {
    const before = this.#waiting.length
    while (this.#total() < this.#limits.concurrentBuilds) {
      const next = this.#next()
      if (next === undefined) break
      this.#waiting.splice(this.#waiting.indexOf(next), 1)
      this.#count(next.customer, 1)
      this.#served.delete(next.customer)
      this.#served.add(next.customer)
      next.start()
    }
    if (this.#waiting.length !== before) this.#tellPlaces()
  }

  #next(): Waiting | undefined {
    const served = [...this.#served]
    const rank = ({ customer }: Waiting): number => this.#builds(customer) * 1e6 + served.indexOf(customer)
    return this.#waiting
      .filter(({ customer }) => this.#builds(customer) < this.#limits.concurrentBuildsPerCustomer)
      .reduce<Waiting | undefined>(
        (best, each) => (best === undefined || rank(each) < rank(best) ? each : best),
        undefined,
      )
  }

  #tellPlaces(): void {
    for (const [index, entry] of this.#waiting.entries()) entry.moved(index + 1)
  }

  #builds(customer: string): number {
    return this.#running.get(customer) ?? 0
  }

  #total(): number {
    return [...this.#running.values()].reduce((sum, count) => sum + count, 0)
  }

  #count(customer: string, by: 1 | -1): void {
    const count = this.#builds(customer) + by
    if (count > 0) this.#running.set(customer, count)
    else {
      this.#running.delete(customer)
      // Forgotten once nothing of the customer is here, so that the memory is bounded by who builds now.
      if (!this.#waiting.some((entry) => entry.customer === customer) && this.#served.size > 1000) {
        this.#served.delete(customer)
      }
    }
  }
}

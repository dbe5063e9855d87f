import { setMaxListeners } from 'node:events'
import type { Clock, Logger, Part, Reconciler } from '@webspaces/core'
import { Controller, type ControllerOptions } from './controller.ts'
import { ALONE, type Leadership } from './leadership.ts'
import type { ControllerObserver } from './observer.ts'
import type { Watches } from './watches.ts'

const DEFAULTS: ControllerOptions = { workers: 4, resyncMs: 10 * 60_000 }

export interface ControllerSystem {
  readonly clock: Clock
  readonly logger: Logger
  /** Measures the controllers; left out: nothing is measured. */
  readonly observer?: ControllerObserver
  /** When the reconcilers that only one process may run do so; left out: always. */
  readonly leadership?: Leadership
}

/** Runs a controller for each reconciler of the distribution. */
export class Controllers implements Part {
  readonly name = 'controllers'
  readonly stage = 'control'
  readonly #watches: Watches
  readonly #leadership: Leadership
  readonly #everywhere: readonly Controller[]
  readonly #leaders: readonly Controller[]
  readonly #stop = new AbortController()
  #running: readonly Promise<void>[] = []

  constructor(
    reconcilers: readonly Reconciler[],
    watches: Watches,
    system: ControllerSystem,
    options: Partial<ControllerOptions> = {},
  ) {
    // Every watch and worker listens: their number follows from the reconcilers, and is no leak.
    setMaxListeners(0, this.#stop.signal)
    this.#watches = watches
    this.#leadership = system.leadership ?? ALONE
    const controller = (reconciler: Reconciler): Controller =>
      new Controller(reconciler, watches, system, { ...DEFAULTS, ...options })
    this.#everywhere = reconcilers.filter(({ everywhere }) => everywhere === true).map(controller)
    this.#leaders = reconcilers.filter(({ everywhere }) => everywhere !== true).map(controller)
  }

  /** Resolves when all that is in the cluster is known, and the first names are being worked on. */
  async start(signal: AbortSignal): Promise<void> {
    for (const controller of [...this.#everywhere, ...this.#leaders]) controller.connect()
    signal.addEventListener('abort', () => this.#stop.abort(), { once: true })
    await this.#watches.follow(this.#stop.signal)
    this.#running = [...this.#everywhere.map((controller) => controller.run(this.#stop.signal)), this.#lead()]
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await Promise.all(this.#running)
    await this.#watches.ended()
  }

  /** Term after term, until it is stopped. */
  async #lead(): Promise<void> {
    const { signal } = this.#stop
    if (this.#leaders.length === 0) return
    while (!signal.aborted) {
      // It fails by the signal alone.
      const term = await this.#leadership.term(signal).catch(() => undefined)
      if (term === undefined) return
      const both = term === signal ? signal : AbortSignal.any([signal, term])
      setMaxListeners(0, both)
      await Promise.all(this.#leaders.map((controller) => controller.run(both)))
    }
  }
}

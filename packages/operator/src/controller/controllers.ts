import { setMaxListeners } from 'node:events'
import type { Clock, Logger, Part, Reconciler } from '@webspaces/core'
import { Controller, type ControllerOptions } from './controller.ts'
import type { Watches } from './watches.ts'

const DEFAULTS: ControllerOptions = { workers: 4, resyncMs: 10 * 60_000 }

/** Runs a controller for each reconciler of the distribution. */
export class Controllers implements Part {
  readonly name = 'controllers'
  readonly stage = 'control'
  readonly #watches: Watches
  readonly #controllers: readonly Controller[]
  readonly #stop = new AbortController()
  #running: readonly Promise<void>[] = []

  constructor(
    reconcilers: readonly Reconciler[],
    watches: Watches,
    system: { readonly clock: Clock; readonly logger: Logger },
    options: Partial<ControllerOptions> = {},
  ) {
    // Every watch and worker listens: their number follows from the reconcilers, and is no leak.
    setMaxListeners(0, this.#stop.signal)
    this.#watches = watches
    this.#controllers = reconcilers.map(
      (reconciler) => new Controller(reconciler, watches, system, { ...DEFAULTS, ...options }),
    )
  }

  /** Resolves when all that is in the cluster is known, and the first names are being worked on. */
  async start(signal: AbortSignal): Promise<void> {
    for (const controller of this.#controllers) controller.connect()
    signal.addEventListener('abort', () => this.#stop.abort(), { once: true })
    await this.#watches.follow(this.#stop.signal)
    this.#running = this.#controllers.map((controller) => controller.run(this.#stop.signal))
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await Promise.all(this.#running)
    await this.#watches.ended()
  }
}

import {
  BUILDER,
  CLOCK,
  CONFIG,
  inject,
  injectable,
  LOGGER,
  RESOURCE_CACHES,
  type Builder,
  type Clock,
  type Logger,
  type Part,
  type PlatformConfig,
  type ResourceCaches,
} from '@webspaces/core'

const EVERY_MS = 60 * 60_000

/** Removes images that no Release can go back to: when the platform starts, and every hour. */
@injectable()
export class ImagePruning implements Part {
  readonly name = 'image pruning'
  readonly stage = 'control'
  readonly #stop = new AbortController()
  #running: Promise<void> = Promise.resolve()

  constructor(
    @inject(BUILDER) private readonly builder: Builder,
    @inject(RESOURCE_CACHES) private readonly caches: ResourceCaches,
    @inject(CONFIG) private readonly config: PlatformConfig,
    @inject(CLOCK) private readonly clock: Clock,
    @inject(LOGGER) private readonly logger: Logger,
  ) {}

  start(): Promise<void> {
    this.#running = this.#run(this.#stop.signal)
    return Promise.resolve()
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#prune(signal)
      // Ends early by the signal alone.
      await this.clock.sleep(EVERY_MS, signal).catch(() => undefined)
    }
  }

  async #prune(signal: AbortSignal): Promise<void> {
    const kept = [...this.caches.releases.values()].filter(({ status }) => status?.phase !== 'Retired')
    const { buildTimeMs, pendingGraceMs } = this.config.push
    const policy = { keep: new Set(kept.map(({ spec }) => spec.image)), graceMs: buildTimeMs + pendingGraceMs }
    try {
      const { removed, bytes } = await this.builder.prune(policy, signal)
      if (removed > 0) this.logger.info('images pruned', { removed, bytes })
    } catch (error) {
      if (!signal.aborted) this.logger.warn('images not pruned', { error })
    }
  }
}

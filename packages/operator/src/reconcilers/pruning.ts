import {
  BUILDER,
  CLOCK,
  IMAGES,
  inject,
  injectable,
  LOGGER,
  RESOURCE_CACHES,
  type Builder,
  type CacheChange,
  type Clock,
  type Images,
  type Logger,
  type Part,
  type PruneResult,
  type Release,
  type ResourceCaches,
} from '@webspaces/core'
import { PruneSchedule, type Look } from './prune-schedule.ts'

/**
 * What a builder answers a push with is known here at once, as pushes are received in the same process. The grace time
 * is for another one, that is about to stop or has just begun: from the builder's answer to the moment in which this one
 * sees the Release, with clocks that do not agree to the second.
 */
const GRACE_MS = 30_000

/**
 * Removes images that no Release can come back to and no push has been given: when the platform starts, every hour, and
 * soon after the last Release that named one has gone or been retired, or a push came to nothing.
 */
@injectable()
export class ImagePruning implements Part {
  readonly name = 'image pruning'
  readonly stage = 'control'
  readonly #schedule: PruneSchedule
  readonly #stop = new AbortController()
  readonly #unsubscribe: (() => void)[] = []
  #woken = new AbortController()
  #running: Promise<void> = Promise.resolve()
  /** An outage is told of once. */
  #failing = false

  constructor(
    @inject(BUILDER) private readonly builder: Builder,
    @inject(IMAGES) private readonly images: Images,
    @inject(RESOURCE_CACHES) private readonly caches: ResourceCaches,
    @inject(CLOCK) private readonly clock: Clock,
    @inject(LOGGER) private readonly logger: Logger,
  ) {
    this.#schedule = new PruneSchedule(clock.now())
  }

  start(): Promise<void> {
    this.#unsubscribe.push(
      this.caches.releases.onChange((change) => this.#releaseChanged(change)),
      this.images.inFlight.onDrop((webspace) => this.#add(webspace)),
    )
    this.#running = this.#run(this.#stop.signal)
    return Promise.resolve()
  }

  async stop(): Promise<void> {
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe()
    this.#stop.abort()
    await this.#running
  }

  #releaseChanged({ now, before }: CacheChange<Release>): void {
    if (before === undefined || !keepsImage(before)) return
    const { image, webspace } = before.spec
    if (now !== undefined && keepsImage(now) && now.spec.image === image) return
    // Promoted, or gone back to: another Release may name the same image.
    if (!this.#kept().has(image)) this.#add(webspace)
  }

  #add(webspace: string): void {
    this.#schedule.add(webspace, this.clock.now())
    this.#woken.abort()
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const wait = this.#schedule.due - this.clock.now()
      if (wait > 0) await this.#sleep(wait, signal)
      else await this.#look(signal)
    }
  }

  async #sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    this.#woken = new AbortController()
    // Ends early by a signal alone.
    await this.clock.sleep(milliseconds, AbortSignal.any([signal, this.#woken.signal])).catch(() => undefined)
  }

  async #look(signal: AbortSignal): Promise<void> {
    const look = this.#schedule.next(this.clock.now())
    try {
      const { left } = await this.#prune(look, signal)
      this.#schedule.looked(look, left, this.clock.now())
      this.#failing = false
    } catch (error) {
      this.#schedule.failed(look, this.clock.now())
      if (!signal.aborted && !this.#failing) this.logger.warn('images not pruned', { error })
      this.#failing = true
    }
  }

  async #prune({ webspaces }: Look, signal: AbortSignal): Promise<PruneResult> {
    const policy = { keep: this.#kept(), graceMs: GRACE_MS, ...(webspaces === undefined ? {} : { webspaces }) }
    const result = await this.builder.prune(policy, signal)
    const { removed, bytes } = result
    if (removed > 0) this.logger.info('images pruned', { removed, bytes })
    return result
  }

  #kept(): Set<string> {
    const releases = [...this.caches.releases.values()].filter(keepsImage)
    return new Set([...this.images.inFlight.images(), ...releases.map(({ spec }) => spec.image)])
  }
}

function keepsImage({ status }: Release): boolean {
  return status?.phase !== 'Retired'
}

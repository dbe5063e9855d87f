import {
  hasCode,
  keyOf,
  keyString,
  type Clock,
  type Kind,
  type KubernetesObject,
  type Logger,
  type ObjectKey,
  type Reconciler,
  type Watched,
} from '@webspaces/core'
import { Backoff } from './backoff.ts'
import { NO_METER, type ControllerMeter, type ControllerObserver, type ReconcileEnd } from './observer.ts'
import { WorkQueue } from './queue.ts'
import type { Watches } from './watches.ts'

export interface ControllerOptions {
  /** Names that are reconciled at one time. */
  readonly workers: number
  /** Every name is looked at again this often, whether something changed or not. Milliseconds. */
  readonly resyncMs: number
}

/** Errors that come of others working beside us, or of a cluster that is away: to be tried again, and no news. */
const QUIET = ['WS_CONFLICT', 'WS_ALREADY_EXISTS', 'WS_UNAVAILABLE'] as const

/** Calls one reconciler for every name that may need it. */
export class Controller {
  readonly #reconciler: Reconciler
  readonly #watches: Watches
  readonly #options: ControllerOptions
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #meter: ControllerMeter
  readonly #backoff = new Backoff()
  /** Keys whose present failures have been logged: the retries of a fault that stays would drown everything else. */
  readonly #reported = new Set<string>()
  readonly #sources: readonly Watched[]
  /** Undefined until it runs: then all that is there is looked at, so nothing need be remembered before. */
  #queue: WorkQueue | undefined

  constructor(
    reconciler: Reconciler,
    watches: Watches,
    system: { readonly clock: Clock; readonly logger: Logger; readonly observer?: ControllerObserver },
    options: ControllerOptions,
  ) {
    this.#reconciler = reconciler
    this.#watches = watches
    this.#options = options
    this.#clock = system.clock
    this.#logger = system.logger.child({ controller: reconciler.name })
    this.#meter =
      system.observer?.({
        name: reconciler.name,
        workers: options.workers,
        state: () => this.#queue?.state ?? { waiting: 0, working: [] },
      }) ?? NO_METER
    this.#sources = [watched(reconciler.kind, (object) => [keyOf(object)]), ...reconciler.watches]
  }

  /** Hears of every change from now on. Called before the watches begin, so that none is missed. */
  connect(): void {
    for (const { kind, map } of this.#sources) {
      this.#watches.of(kind).onChange(({ now, before }) => {
        // An object that came to belong to another name concerns the name that it has left, too.
        for (const object of [before, now]) {
          if (object !== undefined) this.#add(map, object)
        }
      })
    }
  }

  /** Works until the signal aborts; resolves when what was running then has ended. Can be called again after that. */
  async run(signal: AbortSignal): Promise<void> {
    const queue = new WorkQueue(this.#clock, this.#meter)
    this.#queue = queue
    const close = (): void => queue.close()
    if (signal.aborted) close()
    signal.addEventListener('abort', close, { once: true })
    const workers = Array.from({ length: this.#options.workers }, () => this.#work(queue, signal))
    await Promise.all([this.#resync(signal), ...workers])
  }

  async #resync(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      for (const { kind, map } of this.#sources) {
        for (const object of this.#watches.of(kind).values()) this.#add(map, object)
      }
      // The only thing that ends this sleep early is the signal.
      await this.#clock.sleep(this.#options.resyncMs, signal).catch(() => undefined)
    }
  }

  /** An object that a reconciler cannot make sense of must not keep the others from being looked at. */
  #add(map: Watched['map'], object: KubernetesObject): void {
    try {
      for (const key of map(object)) this.#queue?.add(keyString(key))
    } catch (error) {
      this.#logger.error('object not mapped to names', { kind: object.kind, object: keyString(keyOf(object)), error })
    }
  }

  async #work(queue: WorkQueue, signal: AbortSignal): Promise<void> {
    for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
      const start = this.#clock.now()
      const end = await this.#reconcile(key, queue, signal)
      this.#meter.reconciled(end, this.#clock.now() - start)
      queue.done(key)
    }
  }

  async #reconcile(key: string, queue: WorkQueue, signal: AbortSignal): Promise<ReconcileEnd> {
    const logger = this.#logger.child({ key })
    try {
      const { requeueAfter } = await this.#reconciler.reconcile(parseKey(key), { signal, logger })
      this.#backoff.reset(key)
      if (this.#reported.delete(key)) logger.info('reconcile recovered')
      if (requeueAfter === undefined) return 'success'
      queue.addAfter(key, requeueAfter)
      return 'requeue_after'
    } catch (error) {
      if (!signal.aborted) queue.addAfter(key, this.#failed(key, error, logger))
      return 'error'
    }
  }

  /** Tells of a failure. @returns when to try again; milliseconds */
  #failed(key: string, error: unknown, logger: Logger): number {
    const retryMs = this.#backoff.next(key)
    if (hasCode(error, ...QUIET) || this.#reported.has(key)) logger.debug('reconcile failed', { error, retryMs })
    else logger.error('reconcile failed', { error, retryMs })
    if (!hasCode(error, ...QUIET)) this.#reported.add(key)
    return retryMs
  }
}

/** Pairs a kind with a function for its objects: a list of such pairs cannot say which object belongs to which kind. */
export function watched<T extends KubernetesObject>(kind: Kind<T>, map: (object: T) => readonly ObjectKey[]): Watched {
  return { kind, map } as unknown as Watched
}

function parseKey(key: string): ObjectKey {
  const [first = '', second] = key.split('/')
  return second === undefined ? { name: first } : { namespace: first, name: second }
}

import {
  hasCode,
  Subscription,
  type Clock,
  type Kind,
  type KubernetesObject,
  type ListOptions,
  type Logger,
  type WatchEvent,
} from '@webspaces/core'
import type { ApiServer } from '../api-server.ts'
import { received } from '../incoming.ts'
import { listAll } from '../list.ts'
import { collectionPath, labelSelector } from '../paths.ts'
import { httpStatusOf, StatusError, type Status } from '../status-error.ts'
import { JitteredBackoff } from './backoff.ts'
import { jsonLines } from './json-lines.ts'

export interface WatchTimes {
  /** After about this the server ends a watch by itself, so that connections spread over its replicas. */
  readonly serverMs: number
  /** Bookmarks come about every minute: a connection that is silent for longer is dead. */
  readonly idleMs: number
  /** Once it has worked: how long refusals may last before they are believed. A server that starts refuses at first. */
  readonly patienceMs: number
  readonly firstPauseMs: number
  readonly longestPauseMs: number
}

const WATCH_TIMES: WatchTimes = {
  serverMs: 290_000,
  idleMs: 90_000,
  patienceMs: 120_000,
  firstPauseMs: 800,
  longestPauseMs: 30_000,
}

/**
 * - `list`: what is there is not known, or not any more. On to `watch`, from the version of the list.
 * - `watch`: everything up to the version is known. Stays here over every loss of the connection, from the last version
 *   that was seen; back to `list` when the server has forgotten that version (410).
 */
type State = { readonly at: 'list' } | { readonly at: 'watch'; readonly resourceVersion: string }

type ServerEvent<T> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  | { readonly type: 'BOOKMARK'; readonly object: KubernetesObject }
  | { readonly type: 'ERROR'; readonly object: Status }

/** Follows one selection of objects, as the contract of Cluster has it. For one iteration. */
export class Watcher<T extends KubernetesObject> {
  readonly #server: ApiServer
  readonly #kind: Kind<T>
  readonly #selection: ListOptions
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #times: WatchTimes
  readonly #backoff: JitteredBackoff
  /** By uid: what the follower has been told, or is about to be. Tells what vanished between two lists. */
  readonly #known = new Map<string, T>()
  #subscription: Subscription<T> | undefined
  #synced = (): void => undefined
  #state: State = { at: 'list' }
  #workedAt = 0

  constructor(
    server: ApiServer,
    kind: Kind<T>,
    selection: ListOptions,
    { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
    times: Partial<WatchTimes> = {},
  ) {
    this.#server = server
    this.#kind = kind
    this.#selection = selection
    this.#clock = clock
    this.#logger = logger
    this.#times = { ...WATCH_TIMES, ...times }
    this.#backoff = new JitteredBackoff({ firstMs: this.#times.firstPauseMs, longestMs: this.#times.longestPauseMs })
  }

  /** @throws WS_FORBIDDEN, WS_NOT_FOUND (unknown kind), WS_INVALID (selection) */
  async *events(signal: AbortSignal): AsyncGenerator<WatchEvent<T>, void, undefined> {
    if (signal.aborted) return
    const end = new AbortController()
    const over = AbortSignal.any([signal, end.signal])
    const synced = new Promise<void>((resolve) => (this.#synced = resolve))
    // Reads on while the follower is busy: what it has not taken yet is folded together.
    const working = this.#work(over).finally(() => end.abort())
    working.catch(() => undefined)
    try {
      await Promise.race([synced, working])
      if (this.#subscription !== undefined) yield* this.#subscription.events(over)
      await working
    } finally {
      end.abort()
      await working.catch(() => undefined)
    }
  }

  async #work(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        if (this.#state.at === 'list') await this.#list(signal)
        else await this.#watch(this.#state.resourceVersion, signal)
      } catch (error) {
        await this.#failed(error, signal)
      }
    }
  }

  /** @throws what no waiting will mend */
  async #failed(error: unknown, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    if (this.#state.at === 'watch' && isForgotten(error)) this.#state = { at: 'list' }
    else this.#assertMendable(error)
    const pauseMs = this.#backoff.next() + askedPause(error)
    this.#logger.debug('watch interrupted', { error, pauseMs: Math.round(pauseMs), next: this.#state.at })
    await this.#pause(pauseMs, signal)
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { items, resourceVersion } = await listAll(this.#server, this.#kind, this.#selection, signal)
    this.#worked()
    const present = new Set(items.map(uidOf))
    // First what went: another object may have the name of one of them now.
    for (const object of this.#known.values()) if (!present.has(uidOf(object))) this.#deleted(object)
    for (const object of items) this.#applied(object)
    this.#state = { at: 'watch', resourceVersion }
    if (this.#subscription !== undefined) return
    this.#subscription = new Subscription(items, () => true)
    this.#synced()
  }

  /** Returns when the server ends the watch in an orderly way. */
  async #watch(resourceVersion: string, signal: AbortSignal): Promise<void> {
    const { namespace, labels } = this.#selection
    const request = {
      method: 'GET',
      path: collectionPath(this.#kind, namespace),
      query: {
        watch: true,
        allowWatchBookmarks: true,
        resourceVersion,
        labelSelector: labelSelector(labels),
        timeoutSeconds: Math.ceil((this.#times.serverMs * (0.8 + Math.random() * 0.4)) / 1000),
      },
      subject: `watch ${this.#kind.plural}`,
      repeatable: true,
    } as const
    const body = await this.#server.open(request, signal, { idleMs: this.#times.idleMs })
    this.#worked()
    try {
      for await (const event of jsonLines<ServerEvent<T>>(body)) this.#take(event)
    } finally {
      this.#worked()
      body.destroy()
    }
    // A server or a proxy that ends every watch at once is not to be asked without a pause.
    if (this.#state.at === 'watch' && this.#state.resourceVersion === resourceVersion) {
      await this.#pause(this.#backoff.next(), signal)
    }
  }

  #take(event: ServerEvent<T>): void {
    if (event.type === 'ERROR') throw new StatusError(event.object.code ?? 500, event.object, retryAfter(event.object))
    const { resourceVersion } = event.object.metadata
    if (event.type === 'DELETED') this.#deleted(received(this.#kind, event.object))
    else if (event.type !== 'BOOKMARK') this.#applied(received(this.#kind, event.object))
    if (resourceVersion !== undefined) this.#state = { at: 'watch', resourceVersion }
    this.#backoff.reset()
  }

  #applied(object: T): void {
    const uid = uidOf(object)
    if (this.#known.get(uid)?.metadata.resourceVersion === object.metadata.resourceVersion) return
    this.#known.set(uid, object)
    this.#subscription?.applied(object)
  }

  #deleted(object: T): void {
    this.#known.delete(uidOf(object))
    this.#subscription?.deleted(object)
  }

  #worked(): void {
    this.#workedAt = performance.now()
  }

  /** @throws what no waiting will mend */
  #assertMendable(error: unknown): void {
    if (!hasCode(error, 'WS_FORBIDDEN', 'WS_NOT_FOUND', 'WS_INVALID')) return
    const hasWorked = this.#subscription !== undefined
    if (!hasWorked || performance.now() - this.#workedAt > this.#times.patienceMs) throw error
  }

  async #pause(milliseconds: number, signal: AbortSignal): Promise<void> {
    // Ends early by the signal and by nothing else.
    await this.#clock.sleep(milliseconds, signal).catch(() => undefined)
  }
}

/**
 * The server does not know the version that the watch was to go on from: too old (410), or, after it was restored from
 * a backup, from a future that it has not seen (504), or not one of its versions at all (400).
 */
function isForgotten(error: unknown): boolean {
  const status = httpStatusOf(error)
  return status === 410 || status === 504 || status === 400
}

function askedPause(error: unknown): number {
  const cause = error instanceof StatusError ? error : (error as Error).cause
  return cause instanceof StatusError ? Math.min(cause.retryAfterMs ?? 0, WATCH_TIMES.longestPauseMs) : 0
}

function retryAfter({ details }: Status): number | undefined {
  return details?.retryAfterSeconds === undefined ? undefined : details.retryAfterSeconds * 1000
}

function uidOf(object: KubernetesObject): string {
  return object.metadata.uid ?? ''
}

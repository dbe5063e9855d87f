import { ResourceCaches } from '../cache/resource-caches.ts'
import { STAGES, type Part } from '../contracts/part.ts'
import type { Clock, Logger, NewId } from '../contracts/system.ts'
import { coreError } from '../errors/catalogue.ts'
import { WebspacesError } from '../errors/error.ts'
import { Access } from '../push/access.ts'
import { Images } from '../push/images.ts'
import { Preflight } from '../push/preflight.ts'
import { PushRules } from '../push/push.ts'
import { NO_OBSERVER, PushTimer } from '../push/push-timer.ts'
import { Releases } from '../push/releases.ts'
import { Rollouts } from '../push/rollouts.ts'
import { HostTable } from '../workload/hosts.ts'
import { DEFAULT_CONFIG, type PlatformConfig } from './config.ts'
import { Container, missing, type Resolver } from './container.ts'
import { CONTRACT_VERSION, type Plugin } from './plugin.ts'
import {
  ACCESS,
  CLOCK,
  CONFIG,
  HOST_OWNERS,
  IMAGES,
  LOGGER,
  NEW_ID,
  PART,
  PREFLIGHT,
  PUSH_OBSERVER,
  PUSH_RECEIVER,
  PUSH_TIMER,
  RELEASES,
  RESOURCE_CACHES,
  ROLLOUTS,
  RUNTIME,
  RUNTIMES,
} from './tokens.ts'
import type { Token } from './token.ts'

export interface DistributionOptions {
  /** What the platform consists of. The order decides the order of contributions, and of parts within a stage. */
  readonly plugins: readonly Plugin[]
  readonly clock: Clock
  readonly newId: NewId
  readonly logger: Logger
  readonly config?: PlatformConfig
  /** Each part has this long to start. Milliseconds. */
  readonly startTimeoutMs?: number
  /** Each part has this long to stop before it is forced. Milliseconds. */
  readonly stopTimeoutMs?: number
}

/** A platform, put together and not yet started. */
export interface Distribution extends Resolver {
  /**
   * Starts all parts, stage by stage.
   * @param signal gives up the start; once started, it means nothing any more
   * @throws the signal's reason, WS_START_FAILED or the part's own coded error; whatever had been started is stopped
   * again.
   */
  start(signal?: AbortSignal): Promise<void>
  /** Stops what was started, in reverse. Never throws: what goes wrong is logged, and the rest still stops. */
  stop(): Promise<void>
}

/**
 * Puts a platform together from plugins.
 * @throws WS_PLUGIN_INVALID, WS_PLUGIN_TOO_OLD, WS_PLUGIN_DOUBLED, WS_PLUGIN_MISSING
 */
export function createDistribution(options: DistributionOptions): Distribution {
  const container = new Container()
  registerCore(container, options)
  const names = new Set<string>()
  for (const plugin of options.plugins) {
    checkPlugin(plugin, names)
    plugin.register(container.for(plugin.name))
  }
  registerDefaults(container)
  for (const plugin of options.plugins) {
    const absent = plugin.requires?.find((token) => !container.has(token))
    if (absent !== undefined) throw missing(absent, plugin.name)
  }
  const lifecycle = new Lifecycle(() => container.resolveAll(PART), options)
  return {
    resolve: <T>(token: Token<T>) => container.resolve(token),
    resolveAll: <T>(token: Token<T>) => container.resolveAll(token),
    has: (token) => container.has(token),
    start: (signal) => lifecycle.start(signal),
    stop: () => lifecycle.stop(),
  }
}

function registerCore(container: Container, options: DistributionOptions): void {
  const core = container.for('@webspaces/core')
  core.provide(CLOCK, { useValue: options.clock })
  core.provide(NEW_ID, { useValue: options.newId })
  core.provide(LOGGER, { useValue: options.logger })
  core.provide(CONFIG, { useValue: options.config ?? DEFAULT_CONFIG })
  core.provide(RESOURCE_CACHES, { useClass: ResourceCaches })
  core.provide(ACCESS, { useClass: Access })
  core.provide(HOST_OWNERS, { useClass: HostTable })
  core.provide(RUNTIMES, { useFactory: (resolver) => resolver.resolveAll(RUNTIME) })
  core.provide(PUSH_TIMER, { useClass: PushTimer })
  core.provide(PREFLIGHT, { useClass: Preflight })
  core.provide(ROLLOUTS, { useClass: Rollouts })
  core.provide(IMAGES, { useClass: Images })
  core.provide(RELEASES, { useClass: Releases })
  core.provide(PUSH_RECEIVER, { useClass: PushRules })
  core.contribute(PART, { useFactory: (resolver) => resolver.resolve(RESOURCE_CACHES) })
}

/** What stands in for what no plugin has to implement. */
function registerDefaults(container: Container): void {
  const core = container.for('@webspaces/core')
  if (!container.has(PUSH_OBSERVER)) core.provide(PUSH_OBSERVER, { useValue: NO_OBSERVER })
}

function checkPlugin(plugin: Plugin, names: Set<string>): void {
  if (typeof plugin !== 'object' || typeof plugin.name !== 'string' || typeof plugin.register !== 'function') {
    throw coreError('WS_PLUGIN_INVALID', `plugin ${names.size + 1} of the list has no name or no register function`)
  }
  if (plugin.contractVersion !== CONTRACT_VERSION) {
    throw coreError(
      'WS_PLUGIN_TOO_OLD',
      `${plugin.name} was written for contract version ${plugin.contractVersion}, and this core has ${CONTRACT_VERSION}`,
    )
  }
  if (names.has(plugin.name)) throw coreError('WS_PLUGIN_DOUBLED', `${plugin.name} is listed twice`)
  names.add(plugin.name)
}

/** Starts parts in the order of their stages and stops them in reverse, each within its time. */
class Lifecycle {
  readonly #parts: () => Part[]
  readonly #options: DistributionOptions
  readonly #started: Part[] = []

  constructor(parts: () => Part[], options: DistributionOptions) {
    this.#parts = parts
    this.#options = options
  }

  async start(wish?: AbortSignal): Promise<void> {
    const parts = this.#parts().sort((a, b) => STAGES.indexOf(a.stage) - STAGES.indexOf(b.stage))
    for (const part of parts) {
      try {
        wish?.throwIfAborted()
        this.#started.push(part)
        const start = async (signal: AbortSignal): Promise<void> => {
          await part.start(signal)
          // Some obey by doing nothing more, which is no start.
          signal.throwIfAborted()
        }
        await this.#within(this.#options.startTimeoutMs ?? 30_000, `${part.name} did not start`, start, wish)
      } catch (error) {
        await this.stop()
        wish?.throwIfAborted()
        if (error instanceof WebspacesError) throw error
        const reason = error instanceof Error ? error.message : String(error)
        throw coreError('WS_START_FAILED', `${part.name}: ${reason}`, { cause: error })
      }
    }
  }

  async stop(): Promise<void> {
    for (let part = this.#started.pop(); part !== undefined; part = this.#started.pop()) {
      const { name } = part
      try {
        await this.#within(this.#options.stopTimeoutMs ?? 8_000, `${name} did not stop`, (signal) => part.stop(signal))
      } catch (error) {
        this.#options.logger.error('part failed to stop', { part: name, error })
      }
    }
  }

  /** Gives `work` a signal that aborts at the limit, or as `wish` does, and a second more to obey it. */
  async #within(
    limitMs: number,
    message: string,
    work: (signal: AbortSignal) => Promise<void>,
    wish?: AbortSignal,
  ): Promise<void> {
    const { clock } = this.#options
    const limit = new AbortController()
    const over = new AbortController()
    const tooLong = coreError('WS_TIMEOUT', `${message} within ${limitMs / 1000} s`)
    const timer = clock
      .sleep(limitMs, AbortSignal.any(wish === undefined ? [over.signal] : [over.signal, wish]))
      .then(
        () => tooLong,
        (reason: unknown) => reason,
      )
      .then(async (reason) => {
        over.signal.throwIfAborted()
        limit.abort(reason)
        await clock.sleep(1000, over.signal)
        limit.signal.throwIfAborted()
      })
    try {
      await Promise.race([work(limit.signal), timer])
    } finally {
      over.abort()
      await timer.catch(() => undefined)
    }
  }
}

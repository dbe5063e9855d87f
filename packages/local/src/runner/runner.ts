import {
  Deployment,
  keyString,
  WatchedCache,
  type CacheChange,
  type Clock,
  type Cluster,
  type Logger,
  type NewId,
  type Part,
} from '@webspaces/core'
import type { ImageStore } from '../images/image-store.ts'
import { killMarked, platformTag } from '../process/leftovers.ts'
import type { ReadyReplicas, RunnerContext } from './context.ts'
import { DeploymentRun } from './deployment-run.ts'
import type { FolderLogs } from './logs/folder-logs.ts'
import { Slots } from './slots.ts'

/** Processes that are starting at one time: more only make all of them slower. */
const PARALLEL_STARTS = 8

export interface RunnerOptions {
  readonly cluster: Cluster
  readonly images: ImageStore
  readonly endpoints: ReadyReplicas
  readonly logs: FolderLogs
  readonly clock: Clock
  readonly newId: NewId
  readonly logger: Logger
}

/**
 * Runs the Deployments of all namespaces as processes: what the Deployment controller, the scheduler and the kubelet do
 * in a cluster. What ran before a restart is gone (see `spawnGroup`), so at a start everything is started anew.
 */
export class Runner implements Part {
  readonly name = 'runner'
  readonly stage = 'control'
  readonly #context: RunnerContext
  readonly #runs = new Map<string, DeploymentRun>()
  readonly #ending = new Set<Promise<void>>()
  readonly #stop = new AbortController()
  readonly #force = new AbortController()
  #following: Promise<void> = Promise.resolve()

  constructor(options: RunnerOptions) {
    this.#context = { ...options, starts: new Slots(PARALLEL_STARTS) }
  }

  /** Ends what a killed platform left, and follows the Deployments from then on. */
  async start(signal: AbortSignal): Promise<void> {
    const { cluster, images, logger } = this.#context
    const leftovers = await killMarked(platformTag(images.dir))
    if (leftovers > 0) logger.warn('processes of an earlier run were killed', { count: leftovers })
    await images.sweep()
    signal.throwIfAborted()
    const abort = (): void => this.#stop.abort()
    signal.addEventListener('abort', abort, { once: true })
    const deployments = new WatchedCache(cluster, Deployment, logger)
    deployments.onChange((change) => this.#changed(change))
    const synced = new Promise<void>((resolve) => {
      this.#following = deployments.follow(this.#stop.signal, resolve)
    })
    this.#following.catch((error: unknown) => logger.error('runner lost its watch', { error }))
    await Promise.race([synced, this.#following])
    signal.removeEventListener('abort', abort)
    signal.throwIfAborted()
    await this.#removeOldLogs()
  }

  /** Asks all processes to end, and kills those that have not when the signal aborts. */
  async stop(signal: AbortSignal): Promise<void> {
    this.#stop.abort()
    if (signal.aborted) this.#force.abort()
    else signal.addEventListener('abort', () => this.#force.abort(), { once: true })
    await this.#following.catch(() => undefined)
    await Promise.all([...this.#runs.values()].map((run) => run.end(this.#force.signal)))
    await Promise.all(this.#ending)
    this.#runs.clear()
    await this.#context.logs.close()
  }

  #changed({ key, now, before }: CacheChange<Deployment>): void {
    const run = this.#runs.get(key)
    const { name, namespace = '' } = (now ?? before)?.metadata ?? { name: key }
    if (now === undefined || now.metadata.deletionTimestamp !== undefined) {
      if (run !== undefined) this.#end(key, run, name, namespace)
    } else if (run === undefined) {
      this.#runs.set(key, new DeploymentRun(now, { name, namespace }, this.#context))
    } else {
      run.update(now)
    }
  }

  #end(key: string, run: DeploymentRun, name: string, namespace: string): void {
    this.#runs.delete(key)
    const ending = run.end(this.#force.signal).then(async () => {
      // It may have been made again meanwhile.
      if (!this.#runs.has(key)) await this.#context.logs.remove(namespace, name)
    })
    this.#ending.add(ending)
    void ending
      .catch((error: unknown) =>
        this.#context.logger.error('deployment could not be ended', { deployment: key, error }),
      )
      .finally(() => this.#ending.delete(ending))
  }

  /** Of Deployments that went while nothing was running. */
  async #removeOldLogs(): Promise<void> {
    for (const key of await this.#context.logs.deployments()) {
      const [namespace = '', name = ''] = key.split('/')
      if (!this.#runs.has(keyString({ name, namespace }))) await this.#context.logs.remove(namespace, name)
    }
  }
}

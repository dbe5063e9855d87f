import { isDeepStrictEqual } from 'node:util'
import { Deployment, hasCode, type DeploymentStatus, type ObjectKey, type PodTemplate } from '@webspaces/core'
import type { RunnerContext } from './context.ts'
import { deploymentStatus, isComplete, type Observed } from './deployment-status.ts'
import { Replica } from './replica.ts'
import { nextStep } from './rollout.ts'

/** Kubernetes' own default. */
const PROGRESS_DEADLINE_SECONDS = 600
const RETRY_MS = 1000

/**
 * The status of a Deployment here has one field more than in a cluster: the template that last worked, as JSON. A
 * cluster keeps it as a ReplicaSet. After a restart of the platform it serves while a broken newer one does not.
 */
interface LocalStatus extends DeploymentStatus {
  readonly workingTemplate?: string
}

/** Keeps the replicas of one Deployment as its spec wants them, and its status as they are. */
export class DeploymentRun {
  readonly #key: ObjectKey
  readonly #context: RunnerContext
  readonly #replicas = new Set<Replica>()
  readonly #leaving = new Set<Promise<void>>()
  readonly #ended = new AbortController()
  readonly #force = new AbortController()
  #deployment: Deployment
  /** The template that was complete last. */
  #working: PodTemplate | undefined
  #status: LocalStatus | undefined
  #progress: { readonly template: PodTemplate; readonly wanted: number; readonly ready: number; readonly since: number }
  #pass: Promise<void> | undefined
  #again = false
  #timer = new AbortController()

  constructor(deployment: Deployment, key: ObjectKey, context: RunnerContext) {
    this.#key = key
    this.#context = context
    this.#deployment = deployment
    this.#status = deployment.status
    this.#progress = { template: deployment.spec.template, wanted: 0, ready: 0, since: context.clock.now() }
    this.#working = parseTemplate(this.#status?.workingTemplate)
    this.#resumeFallback()
    this.#wake()
  }

  /** The Deployment has changed. */
  update(deployment: Deployment): void {
    // Another object of the same name knows nothing of the status that the former one had.
    if (deployment.metadata.uid !== this.#deployment.metadata.uid) this.#status = deployment.status
    this.#deployment = deployment
    this.#wake()
  }

  /** Stops all replicas; nothing is started or written afterwards. Killed at once when `force` aborts. */
  async end(force: AbortSignal): Promise<void> {
    this.#ended.abort()
    if (force.aborted) this.#force.abort()
    else force.addEventListener('abort', () => this.#force.abort(), { once: true })
    await this.#pass
    for (const replica of this.#replicas) this.#stop(replica)
    await Promise.all(this.#leaving)
  }

  /** A version that never worked may be the newest when the platform starts: what worked before serves meanwhile. */
  #resumeFallback(): void {
    const { template, replicas } = this.#deployment.spec
    if (this.#working === undefined || isDeepStrictEqual(this.#working, template)) return
    for (let count = 0; count < replicas; count++) this.#start(this.#working)
  }

  /** Passes never overlap; a change during one leads to one more. */
  #wake(): void {
    if (this.#ended.signal.aborted) return
    this.#again = true
    this.#pass ??= this.#passes().finally(() => (this.#pass = undefined))
  }

  async #passes(): Promise<void> {
    while (this.#again && !this.#ended.signal.aborted) {
      this.#again = false
      await Promise.resolve() // changes of one moment are one change
      this.#reconcile()
      try {
        await this.#writeStatus()
      } catch (error) {
        // A Deployment that is gone is told of by the watch.
        if (hasCode(error, 'WS_NOT_FOUND')) return
        this.#context.logger.warn('status of a deployment could not be written', { ...this.#key, error })
        this.#wakeAfter(RETRY_MS)
        return
      }
    }
  }

  #reconcile(): void {
    const { template, replicas: wanted } = this.#deployment.spec
    const candidates = [...this.#replicas].map((replica) => ({
      replica,
      ready: replica.ready,
      role: this.#roleOf(replica, template),
    }))
    const { start, stop } = nextStep(wanted, candidates)
    for (const { replica } of stop) this.#stop(replica)
    for (let count = 0; count < start; count++) this.#start(template)
  }

  #roleOf(replica: Replica, template: PodTemplate): 'current' | 'fallback' | 'superseded' {
    if (isDeepStrictEqual(replica.template, template)) return 'current'
    return isDeepStrictEqual(replica.template, this.#working) ? 'fallback' : 'superseded'
  }

  #start(template: PodTemplate): void {
    this.#replicas.add(new Replica(this.#key, template, this.#context, () => this.#wake()))
  }

  #stop(replica: Replica): void {
    this.#replicas.delete(replica)
    const leaving = replica.stop(this.#force.signal).catch((error: unknown) => {
      this.#context.logger.error('replica could not be stopped', { replica: replica.name, error })
    })
    this.#leaving.add(leaving)
    void leaving.then(() => this.#leaving.delete(leaving))
  }

  async #writeStatus(): Promise<void> {
    const { spec, metadata } = this.#deployment
    const isCurrent = (replica: Replica): boolean => isDeepStrictEqual(replica.template, spec.template)
    const replicas = [...this.#replicas]
    const current = replicas.filter(isCurrent)
    const observed: Observed = {
      generation: metadata.generation ?? 0,
      wanted: spec.replicas,
      current,
      others: replicas.filter((replica) => !isCurrent(replica)),
      completed: isDeepStrictEqual(this.#working, spec.template),
      overdue: this.#isOverdue(current.filter(({ ready }) => ready).length),
    }
    if (isComplete(observed)) this.#working = spec.template
    const status: LocalStatus = {
      ...deploymentStatus(observed, this.#status, new Date(this.#context.clock.now())),
      ...(this.#working === undefined ? {} : { workingTemplate: JSON.stringify(this.#working) }),
    }
    if (isDeepStrictEqual(status, this.#status)) return
    await this.#context.cluster.patchStatus(Deployment, this.#key, { ...status })
    this.#status = status
  }

  /** Notes progress: another template, another number, one more replica ready. */
  #isOverdue(ready: number): boolean {
    const { template, replicas: wanted, progressDeadlineSeconds } = this.#deployment.spec
    const now = this.#context.clock.now()
    const last = this.#progress
    if (!isDeepStrictEqual(last.template, template) || last.wanted !== wanted || ready > last.ready) {
      this.#progress = { template, wanted, ready, since: now }
    }
    if (ready >= wanted) return false
    const left = this.#progress.since + (progressDeadlineSeconds ?? PROGRESS_DEADLINE_SECONDS) * 1000 - now
    if (left > 0) this.#wakeAfter(left)
    return left <= 0
  }

  /** One timer at a time: the last one asked for is the one that counts. */
  #wakeAfter(milliseconds: number): void {
    this.#timer.abort()
    this.#timer = new AbortController()
    const signal = AbortSignal.any([this.#timer.signal, this.#ended.signal])
    this.#context.clock.sleep(milliseconds, signal).then(
      () => this.#wake(),
      () => undefined,
    )
  }
}

function parseTemplate(text: string | undefined): PodTemplate | undefined {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as PodTemplate)
  } catch {
    // Somebody edited the status by hand.
    return undefined
  }
}

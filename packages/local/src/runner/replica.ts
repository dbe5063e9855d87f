import { createHash } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { hasCode, Label, type Container, type ObjectKey, type PodTemplate } from '@webspaces/core'
import type { Image } from '../images/image.ts'
import { localError } from '../errors.ts'
import { platformTag } from '../process/leftovers.ts'
import { spawnGroup, type Exit, type ProcessGroup } from '../process/spawn-group.ts'
import { programPath } from '../release-builder/toolchain.ts'
import type { RunnerContext } from './context.ts'
import { freePort } from './free-port.ts'
import { watchHealth } from './health.ts'
import { RestartDelay } from './restart-delay.ts'

/** A replica that is not ready after this time makes room for the next to start beside it. */
const START_SLOT_MS = 5000
/** The most that a site gets between SIGTERM and SIGKILL, and its requests to end before that. Seconds. */
const MAX_GRACE_SECONDS = 10

/** Why a replica does not work, as it is told in a Deployment's status. */
export interface Problem {
  readonly reason: 'ImageMissing' | 'NotReady' | 'NotStarted'
  readonly message: string
}

/**
 * One replica of a Deployment, what a pod is in a cluster: a process from an image at a port of its own, started again
 * (later each time) whenever it ends, until it is stopped.
 */
export class Replica {
  readonly name: string
  readonly template: PodTemplate
  /** Answers its readiness probe, and gets requests. */
  ready = false
  /** Has been ready at least once. */
  worked = false
  /** How often its process has ended before it was ready for the first time. */
  failedStarts = 0
  /** What it waits for now. */
  problem: Problem | undefined
  /** How its process ended the last time. */
  lastEnd: string | undefined
  readonly #key: ObjectKey
  readonly #context: RunnerContext
  readonly #changed: () => void
  readonly #container: Container
  readonly #stopping = new AbortController()
  readonly #ended: Promise<void>
  #group: ProcessGroup | undefined
  #endpoint: string | undefined
  #lives = 0
  #scratch: string | undefined
  #leaving = false

  constructor(key: ObjectKey, template: PodTemplate, context: RunnerContext, changed: () => void) {
    this.name = `${key.name}-${suffix(context.newId())}`
    this.template = template
    this.#key = key
    this.#context = context
    this.#changed = changed
    this.#container = template.spec.containers[0] ?? { name: 'none', image: '' }
    this.#ended = this.#live()
  }

  /**
   * Gives it no new request, lets those that it has end, then asks the process to end and kills it if it does not.
   * When `force` aborts, it is killed at once.
   */
  async stop(force: AbortSignal): Promise<void> {
    const id = this.#endpoint
    this.#leaving = true
    this.ready = false
    if (id !== undefined) {
      this.#context.endpoints.withdraw(id)
      const limit = AbortSignal.any([force, AbortSignal.timeout(this.#graceMs)])
      await this.#context.endpoints.drained(id, limit).catch(() => undefined)
    }
    const kill = (): void => void this.#group?.terminate(0)
    force.addEventListener('abort', kill, { once: true })
    this.#stopping.abort()
    if (force.aborted) kill()
    await this.#ended
    force.removeEventListener('abort', kill)
  }

  get #graceMs(): number {
    return Math.min(this.template.spec.terminationGracePeriodSeconds ?? MAX_GRACE_SECONDS, MAX_GRACE_SECONDS) * 1000
  }

  async #live(): Promise<void> {
    const { signal } = this.#stopping
    const { clock } = this.#context
    const delay = new RestartDelay()
    const endUse = this.#context.images.use(this.#container.image)
    for (;;) {
      const began = clock.now()
      await this.#runOnce().catch((error: unknown) => this.#notStarted(error))
      if (this.#leaving) break
      await clock.sleep(delay.after(clock.now() - began), signal).catch(() => undefined)
    }
    endUse()
    if (this.#scratch !== undefined) await rm(this.#scratch, { recursive: true, force: true })
  }

  /** One life of the process. */
  async #runOnce(): Promise<void> {
    const { images, starts, clock } = this.#context
    const { signal } = this.#stopping
    const found = await images.read(this.#container.image)
    if (found === undefined) throw localError('WS_LOCAL_IMAGE', `${this.#container.image} is not on this machine`)
    const giveBack = await starts.take(signal)
    const life = new AbortController()
    try {
      const port = await freePort()
      const group = await spawnGroup({
        command: found.image.start,
        cwd: found.folder,
        env: await this.#environment(found.image, port),
        tag: platformTag(images.dir),
        onLine: (line) => this.#say(line),
        signal,
        killGraceMs: this.#graceMs,
      })
      this.#group = group
      clock.sleep(START_SLOT_MS, life.signal).then(giveBack, giveBack)
      this.#watch(group, port, giveBack, life.signal)
      this.#exited(await group.exited)
    } finally {
      life.abort()
      giveBack()
      this.#group = undefined
    }
  }

  #watch(group: ProcessGroup, port: number, started: () => void, signal: AbortSignal): void {
    const { clock, logger } = this.#context
    const ready = (is: boolean): void => {
      started()
      this.#setReady(is, port)
    }
    const waiting = (why: string): void => this.#setProblem({ reason: 'NotReady', message: `${this.name}: ${why}` })
    const dead = (why: string): void => {
      this.#say(`[webspaces] does not answer (${why}) and is started again`)
      void group.terminate(this.#graceMs)
    }
    watchHealth(this.#container, port, clock, { ready, waiting, dead }, signal).catch((error: unknown) =>
      logger.error('health of a replica was lost', { replica: this.name, error }),
    )
  }

  /** The environment of the process: what image and container name, and nothing of the platform's own. */
  async #environment(image: Image, port: number): Promise<Record<string, string>> {
    this.#scratch ??= await this.#context.images.scratch(this.name)
    const home = join(this.#scratch, 'home')
    const tmp = join(this.#scratch, 'tmp')
    await Promise.all([home, tmp].map((folder) => mkdir(folder, { recursive: true })))
    const named = (this.#container.env ?? []).map(({ name, value }) => [name, value] as const)
    const own = { PATH: programPath(), HOME: home, TMPDIR: tmp }
    // PORT last: the container's own is the one that the site would have in a network of its own.
    return { ...own, ...image.env, ...Object.fromEntries(named), PORT: String(port) }
  }

  #setReady(ready: boolean, port: number): void {
    if (this.#leaving || ready === this.ready) return
    this.ready = ready
    if (ready) {
      const { namespace = '' } = this.#key
      this.worked = true
      this.problem = undefined
      this.#endpoint = `${namespace}/${this.name}/${++this.#lives}`
      const { labels } = this.template.metadata
      this.#context.endpoints.publish({ id: this.#endpoint, host: '127.0.0.1', port, labels, namespace })
    } else {
      this.#withdraw()
    }
    this.#changed()
  }

  #exited({ code, signal }: Exit): void {
    this.#withdraw()
    this.ready = false
    if (this.#leaving) return
    const how = signal === null ? `exited with code ${code}` : `was ended by ${signal}`
    this.#say(`[webspaces] the process ${how}`)
    this.#failed(`${this.name} ${how}`)
  }

  #notStarted(error: unknown): void {
    if (this.#leaving) return
    const message = error instanceof Error ? error.message : String(error)
    if (hasCode(error, 'WS_LOCAL_IMAGE')) return this.#setProblem({ reason: 'ImageMissing', message })
    this.#context.logger.warn('replica could not be started', { replica: this.name, error })
    this.#setProblem({ reason: 'NotStarted', message })
    this.#failed(`${this.name} could not be started: ${message}`)
  }

  #failed(how: string): void {
    if (!this.worked) this.failedStarts++
    this.lastEnd = how
    this.#changed()
  }

  #setProblem(problem: Problem): void {
    if (this.problem?.message === problem.message) return
    this.problem = problem
    this.#changed()
  }

  #withdraw(): void {
    if (this.#endpoint !== undefined) this.#context.endpoints.withdraw(this.#endpoint)
    this.#endpoint = undefined
  }

  #say(text: string): void {
    const release = this.template.metadata.labels[Label.release] ?? ''
    this.#context.logs.append(this.#key.namespace ?? '', this.#key.name, { source: this.name, release, text })
  }
}

/** As Kubernetes ends the names of pods: five letters without vowels, so no words. */
function suffix(id: string): string {
  const letters = 'bcdfghjklmnpqrstvwxz2456789'
  return Array.from(
    createHash('sha256').update(id).digest().subarray(0, 5),
    (byte) => letters[byte % letters.length],
  ).join('')
}

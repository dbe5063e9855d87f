import {
  hasCode,
  KubernetesEvent,
  type Clock,
  type Cluster,
  type KubernetesObject,
  type Logger,
  type NewId,
  type ObjectReference,
} from '@webspaces/core'
import { RateLimit } from './rate-limit.ts'

/** What has happened to an object, for people. */
export interface News {
  /** `Warning` where somebody has to do something. */
  readonly type: 'Normal' | 'Warning'
  /** CamelCase, for programs. */
  readonly reason: string
  readonly message: string
}

interface Written {
  readonly namespace: string
  readonly name: string
  readonly count: number
}

interface Note extends News {
  readonly subject: KubernetesObject
}

/** Kubernetes' own limit (ValidateEvent). */
const MAX_MESSAGE = 1024
/** As client-go's Broadcaster. */
const MAX_PENDING = 1000
const MAX_REMEMBERED = 1000
/** How many times as long as an Event took to write the others have before the next one. */
const YIELD = 4
const LONGEST_PAUSE_MS = 1000
/** As client-go's EventSourceObjectSpamFilter. */
const PER_OBJECT = { burst: 25, everyMs: 5 * 60_000, objects: MAX_REMEMBERED }

/**
 * Writes Events, one after another and beside whatever else is done: an Event that cannot be written is lost, and nobody
 * waits for it. Where the cluster has much to do they give way to what is more urgent. What happens again is counted in
 * the Event that tells of it, and an object of which there is news all the time is told of ever more rarely.
 */
export class EventRecorder {
  readonly #cluster: Cluster
  readonly #clock: Clock
  readonly #newId: NewId
  readonly #logger: Logger
  readonly #limit: RateLimit
  /** The Events that tell of each piece of news; the one longest unheard of first. */
  readonly #written = new Map<string, Written>()
  readonly #pending: Note[] = []
  /** For want of room, since the last time that all was written. */
  #dropped = 0
  #writing: Promise<void> | undefined
  readonly #end = new AbortController()

  constructor(system: {
    readonly cluster: Cluster
    readonly clock: Clock
    readonly newId: NewId
    readonly logger: Logger
  }) {
    this.#cluster = system.cluster
    this.#clock = system.clock
    this.#newId = system.newId
    this.#logger = system.logger
    this.#limit = new RateLimit(system.clock, PER_OBJECT)
  }

  record(subject: KubernetesObject, news: News): void {
    if (!this.#limit.take(subject.metadata.uid ?? '')) return
    if (this.#pending.length >= MAX_PENDING) {
      this.#dropped += 1
      return
    }
    this.#pending.push({ ...news, subject })
    this.#writing ??= this.#writeAll().finally(() => (this.#writing = undefined))
  }

  /** Resolves when what is being written has been; what waits is given up. */
  async stop(): Promise<void> {
    this.#pending.length = 0
    this.#end.abort()
    await this.#writing
  }

  async #writeAll(): Promise<void> {
    for (let note = this.#pending.shift(); note !== undefined; note = this.#pending.shift()) {
      const begin = this.#clock.now()
      try {
        await this.#write(note)
      } catch (error) {
        this.#logger.warn('event not written', { reason: note.reason, subject: note.subject.metadata.name, error })
      }
      await this.#giveWay(this.#clock.now() - begin)
    }
    // Once for all of them: what makes so much news at a time should not fill the log as well.
    if (this.#dropped > 0) this.#logger.warn('events dropped', { count: this.#dropped })
    this.#dropped = 0
  }

  async #giveWay(tookMs: number): Promise<void> {
    const pauseMs = Math.min(YIELD * tookMs, LONGEST_PAUSE_MS)
    // It ends early by the abort and in no other way.
    if (pauseMs > 0) await this.#clock.sleep(pauseMs, this.#end.signal).catch(() => undefined)
  }

  async #write(note: Note): Promise<void> {
    const id = JSON.stringify([note.subject.metadata.uid, note.type, note.reason, note.message])
    const former = this.#written.get(id)
    const written = (former && (await this.#countUp(former))) ?? (await this.#create(note))
    this.#written.delete(id)
    this.#written.set(id, written)
    const [oldest] = this.#written.keys()
    if (this.#written.size > MAX_REMEMBERED && oldest !== undefined) this.#written.delete(oldest)
  }

  /** Undefined where the Event has gone: Kubernetes keeps Events for an hour. */
  async #countUp({ namespace, name, count }: Written): Promise<Written | undefined> {
    try {
      const patch = { count: count + 1, lastTimestamp: this.#timestamp() }
      await this.#cluster.patch(KubernetesEvent, { namespace, name }, patch)
      return { namespace, name, count: count + 1 }
    } catch (error) {
      if (hasCode(error, 'WS_NOT_FOUND')) return undefined
      throw error
    }
  }

  async #create({ subject, type, reason, message }: Note): Promise<Written> {
    // The Events of what is in no namespace are in this one (ValidateEvent).
    const namespace = subject.metadata.namespace ?? 'default'
    const name = `${subject.metadata.name}.${this.#newId()}`
    const timestamp = this.#timestamp()
    await this.#cluster.create(KubernetesEvent, {
      apiVersion: KubernetesEvent.apiVersion,
      kind: KubernetesEvent.kind,
      metadata: { name, namespace },
      involvedObject: referenceTo(subject),
      type,
      reason,
      message: message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE - 1)}…` : message,
      count: 1,
      firstTimestamp: timestamp,
      lastTimestamp: timestamp,
      source: { component: 'webspaces' },
    })
    return { namespace, name, count: 1 }
  }

  /** `metav1.Time` has whole seconds. */
  #timestamp(): string {
    return new Date(this.#clock.now()).toISOString().replace(/\.\d+Z$/, 'Z')
  }
}

function referenceTo({ apiVersion, kind, metadata }: KubernetesObject): ObjectReference {
  const { name, namespace, uid, resourceVersion } = metadata
  return {
    apiVersion,
    kind,
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  }
}

import type { ListOptions, LogLine } from '@webspaces/core'
import { Pod, siteContainer } from '../pod.ts'
import { JitteredBackoff } from '../watch/backoff.ts'
import { containerLog } from './container-log.ts'
import { LineQueue } from './line-queue.ts'
import type { PodLogsOptions } from './pod-logs.ts'

/** Between two looks at a pod whose log has ended: its container may have been started again. */
const LOOK_MS = 500
/** Where the log cannot be read: its node is away. */
const LONGEST_MS = 15_000
/** Logs that are followed at one time. */
const MAX_FOLLOWED = 50

/** Follows the logs of a selection of pods, also of those that come later, over every restart of their containers. */
export class PodFollowers {
  readonly #options: PodLogsOptions
  readonly #selection: ListOptions
  readonly #queue = new LineQueue()
  /** By uid, as they are now. */
  readonly #pods = new Map<string, Pod>()
  readonly #followed = new Set<string>()
  /** The time of the last line that was shown, by the pod's uid. */
  readonly #shownUntil = new Map<string, string>()

  constructor(options: PodLogsOptions, selection: ListOptions) {
    this.#options = options
    this.#selection = selection
  }

  /** Lines up to this time are not shown again. */
  seen(pod: Pod, time: string): void {
    this.#shownUntil.set(uidOf(pod), time)
  }

  async *lines(signal: AbortSignal): AsyncGenerator<LogLine, void, undefined> {
    const end = new AbortController()
    const over = AbortSignal.any([signal, end.signal])
    const watching = this.#watch(over)
    // Without a watch nothing more would come.
    watching.catch(() => end.abort())
    try {
      yield* this.#queue.lines(over)
      if (!signal.aborted) await watching
    } finally {
      end.abort()
    }
  }

  async #watch(signal: AbortSignal): Promise<void> {
    for await (const event of this.#options.cluster.watch(Pod, { ...this.#selection, signal })) {
      if (event.type === 'synced') continue
      const uid = uidOf(event.object)
      if (event.type === 'deleted') {
        this.#pods.delete(uid)
        continue
      }
      this.#pods.set(uid, event.object)
      if (this.#followed.has(uid) || this.#followed.size >= MAX_FOLLOWED) continue
      this.#followed.add(uid)
      void this.#follow(uid, signal).finally(() => {
        this.#followed.delete(uid)
        this.#shownUntil.delete(uid)
      })
    }
  }

  async #follow(uid: string, signal: AbortSignal): Promise<void> {
    const backoff = new JitteredBackoff({ firstMs: LOOK_MS, longestMs: LONGEST_MS })
    let ended = ''
    for (let pod = this.#pods.get(uid); pod !== undefined && !signal.aborted; pod = this.#pods.get(uid)) {
      const run = runOf(pod)
      let pauseMs = LOOK_MS
      // A container that has ended writes nothing more; one that runs does, and only the connection was lost.
      if (run.started && (run.running || run.id !== ended)) {
        if (await this.#show(pod, signal)) {
          ended = run.id
          backoff.reset()
        } else {
          pauseMs = backoff.next()
        }
      }
      await this.#options.clock.sleep(pauseMs, signal).catch(() => undefined)
    }
  }

  async #show(pod: Pod, signal: AbortSignal): Promise<boolean> {
    const uid = uidOf(pod)
    const after = this.#shownUntil.get(uid)
    const query = { follow: true, ...(after === undefined ? {} : { after }) }
    try {
      for await (const { time, text } of containerLog(this.#options.server, pod, query, signal)) {
        this.#shownUntil.set(uid, time)
        await this.#queue.put({ source: pod.metadata.name, text }, signal)
      }
      return true
    } catch (error) {
      if (!signal.aborted) this.#options.logger.debug('log of pod not followed', { pod: pod.metadata.name, error })
      return false
    }
  }
}

/** Which run of its container a pod is in. */
function runOf(pod: Pod): { readonly id: string; readonly started: boolean; readonly running: boolean } {
  const container = siteContainer(pod)
  const id = container?.containerID ?? ''
  return { id, started: id !== '', running: container?.state?.running !== undefined }
}

function uidOf(pod: Pod): string {
  return pod.metadata.uid ?? ''
}

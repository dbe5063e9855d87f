import { Label, type Clock, type Cluster, type Logger, type LogLine, type LogQuery, type Logs } from '@webspaces/core'
import type { ApiServer } from '../api-server.ts'
import { Pod, siteContainer } from '../pod.ts'
import { containerLog } from './container-log.ts'
import { PodFollowers } from './pod-followers.ts'
import type { TimedLine } from './timed-lines.ts'

/** The newest pods of a Deployment that are read: there may be many that have failed. */
const MAX_PODS = 50

export interface PodLogsOptions {
  readonly server: ApiServer
  readonly cluster: Pick<Cluster, 'list' | 'watch'>
  readonly clock: Clock
  readonly logger: Logger
}

interface PodLine extends TimedLine {
  readonly pod: Pod
}

/** What the pods of a Deployment write, read from the nodes that they run on. */
export class PodLogs implements Logs {
  readonly #options: PodLogsOptions

  constructor(options: PodLogsOptions) {
    this.#options = options
  }

  async *lines(query: LogQuery, signal: AbortSignal): AsyncIterable<LogLine> {
    if (signal.aborted) return
    const { namespace, deployment, release, tail, follow } = query
    const labels = { [Label.instance]: deployment, ...(release === undefined ? {} : { [Label.release]: release }) }
    const found = await this.#options.cluster.list(Pod, { namespace, labels })
    const pods = found.sort(byAge).slice(-MAX_PODS)
    const last = await this.#tail(pods, Math.max(tail, 0), signal)
    for (const { pod, text } of last) yield { source: pod.metadata.name, text }
    if (!follow) return
    const followers = new PodFollowers(this.#options, { namespace, labels })
    // What came while the tail was read is new as well; a pod without a line is followed from its beginning.
    for (const { pod, time } of last) followers.seen(pod, time)
    if (tail === 0) for (const pod of pods) followers.seen(pod, new Date(this.#options.clock.now()).toISOString())
    yield* followers.lines(signal)
  }

  /** The last lines of all pods together, oldest first. */
  async #tail(pods: readonly Pod[], tail: number, signal: AbortSignal): Promise<PodLine[]> {
    if (tail === 0) return []
    const results = await Promise.allSettled(pods.map((pod) => this.#lastOf(pod, tail, signal)))
    if (signal.aborted) return []
    const read = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    const failed = results.find((result) => result.status === 'rejected')
    // One pod of several may be on a node that is away.
    if (failed !== undefined && read.length === 0) throw failed.reason
    return read
      .flat()
      .sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0))
      .slice(-tail)
  }

  /** Of the container that runs, or of the one before it where that one has not written anything yet. */
  async #lastOf(pod: Pod, tail: number, signal: AbortSignal): Promise<PodLine[]> {
    const { containerID = '', restartCount } = siteContainer(pod) ?? { restartCount: 0 }
    if (containerID === '') return []
    const current = await this.#read(pod, { tail }, signal)
    if (current.length > 0 || restartCount === 0) return current
    return this.#read(pod, { tail, previous: true }, signal)
  }

  async #read(pod: Pod, query: { readonly tail: number; readonly previous?: boolean }, signal: AbortSignal) {
    const lines: PodLine[] = []
    for await (const line of containerLog(this.#options.server, pod, query, signal)) {
      lines.push({ ...line, pod })
      if (lines.length > query.tail) lines.shift()
    }
    return lines
  }
}

function byAge(a: Pod, b: Pod): number {
  const [left, right] = [a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? '']
  return left < right ? -1 : left > right ? 1 : 0
}

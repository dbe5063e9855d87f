import { SITE_CONTAINER } from '@webspaces/core'
import type { ApiServer } from '../api-server.ts'
import { objectPath } from '../paths.ts'
import { Pod } from '../pod.ts'
import { timedLines, type TimedLine } from './timed-lines.ts'

export interface ContainerLogQuery {
  readonly tail?: number
  readonly follow?: boolean
  /** Of the container before the one that runs now. */
  readonly previous?: boolean
  /** Only lines after this {@link TimedLine.time}. */
  readonly after?: string
}

/**
 * The log of a pod's container.
 * @throws WS_NOT_FOUND, WS_INVALID (no container has been started yet), WS_UNAVAILABLE (its node is away)
 */
export async function* containerLog(
  server: ApiServer,
  { metadata: { name, namespace = '' } }: Pod,
  { tail, follow = false, previous = false, after }: ContainerLogQuery,
  signal: AbortSignal,
): AsyncGenerator<TimedLine, void, undefined> {
  const request = {
    method: 'GET',
    path: `${objectPath(Pod, { name, namespace })}/log`,
    query: {
      container: SITE_CONTAINER,
      timestamps: true,
      follow: follow || undefined,
      previous: previous || undefined,
      tailLines: tail,
      // To the second: what came before within it is left out below.
      sinceTime: after === undefined ? undefined : `${after.slice(0, 19)}Z`,
    },
    subject: `read the log of Pod ${JSON.stringify(`${namespace}/${name}`)}`,
    repeatable: true,
  } as const
  // A node sends nothing, not even headers, until there is a first line to follow.
  const body = await server.open(request, signal, follow ? { headersMs: 0 } : {})
  try {
    for await (const line of timedLines(body)) {
      if (after === undefined || line.time > after) yield line
    }
  } finally {
    body.destroy()
  }
}

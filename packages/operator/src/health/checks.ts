import { Customer, hasCode, type Clock, type Cluster, type GitServer, type ResourceCaches } from '@webspaces/core'
import type { Leadership } from '../controller/leadership.ts'
import type { Watches } from '../controller/watches.ts'
import type { HealthCheck } from './check.ts'

/** Answers come from the caches for as long, so that a short absence of the API server takes nobody out of service. */
const TOLERATED_MS = 60_000
/** The server is asked no more often, however many ask us. */
const ASK_AGAIN_MS = 5_000
const ANSWER_MS = 3_000
/** Never made: what counts is that the server answers. */
const PROBE = { name: 'webspaces-readiness' }

/** Whether the cluster has answered lately. */
export function clusterCheck(cluster: Pick<Cluster, 'get'>, clock: Clock): HealthCheck {
  let answeredAt = -Infinity
  let asked: { readonly at: number; readonly failure: Promise<Error | undefined> } | undefined
  const ask = async (): Promise<Error | undefined> => {
    const late = new AbortController()
    const limit = clock.sleep(ANSWER_MS, late.signal).then(
      () => new Error(`no answer within ${ANSWER_MS / 1000} s`),
      () => undefined,
    )
    try {
      const failure = await Promise.race([limit, cluster.get(Customer, PROBE).then(() => undefined, unreachable)])
      if (failure === undefined) answeredAt = clock.now()
      return failure
    } finally {
      late.abort()
    }
  }
  return {
    name: 'cluster',
    check: async () => {
      const now = clock.now()
      if (asked === undefined || now - asked.at >= ASK_AGAIN_MS) asked = { at: now, failure: ask() }
      const failure = await asked.failure
      const age = clock.now() - answeredAt
      if (failure === undefined) return 'answers'
      if (age <= TOLERATED_MS) return `has last answered ${Math.round(age / 1000)} s ago`
      throw failure
    },
  }
}

/** Any answer but this one is one of the API server. */
function unreachable(error: unknown): Error | undefined {
  return hasCode(error, 'WS_UNAVAILABLE') ? error : undefined
}

/** Whether what is known of the cluster is kept up to date. Nothing follows a watch again that was refused for good. */
export function cachesCheck(name: string, followed: Pick<ResourceCaches | Watches, 'lost'>): HealthCheck {
  return {
    name,
    fatal: true,
    check: () => {
      if (followed.lost.length > 0) throw new Error(`no longer followed: ${followed.lost.join(', ')}`)
      return 'followed'
    },
  }
}

export function gitCheck(server: GitServer): HealthCheck {
  return {
    name: 'git',
    check: () => {
      if (server.address === undefined) throw new Error('not listening')
      return `listening on port ${server.address.port}`
    },
  }
}

/** Both are well: whoever stands by is ready to take over. */
export function leaderCheck(leadership: Leadership): HealthCheck {
  return { name: 'leader', check: () => (leadership.leading ? 'leading' : 'standing by') }
}

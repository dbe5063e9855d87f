import {
  CLOCK,
  CLUSTER,
  GIT_SERVER,
  PART,
  RESOURCE_CACHES,
  token,
  type ListenAddress,
  type Plugin,
  type Resolver,
  type Token,
} from '@webspaces/core'
import { LEADERSHIP } from '../controller/leadership.ts'
import { WATCHES } from '../controller/watches.ts'
import { METRICS } from '../metrics/metrics.ts'
import { HEALTH_CHECK, type HealthCheck } from './check.ts'
import { cachesCheck, clusterCheck, gitCheck, leaderCheck } from './checks.ts'
import { Readiness } from './readiness.ts'
import { HealthServer } from './server.ts'

export const HEALTH_SERVER: Token<HealthServer> = token('HealthServer')
const READINESS: Token<Readiness> = token('Readiness')

/** /healthz, /readyz and /metrics. The first plugin of a distribution: it answers while the others start and stop. */
export function health(listen: ListenAddress): Plugin {
  return {
    name: '@webspaces/operator/health',
    contractVersion: 1,
    requires: [CLUSTER, METRICS, WATCHES, READINESS],
    register(container) {
      container.provide(HEALTH_SERVER, {
        useFactory: (resolver) => new HealthServer(listen, checksOf(resolver), resolver.resolve(METRICS)),
      })
      container.contribute(PART, { useFactory: (resolver) => resolver.resolve(HEALTH_SERVER) })
    },
  }
}

/** The last plugin of a distribution: the platform is ready when all before it are. Belongs to {@link health}. */
export function readiness(): Plugin {
  return {
    name: '@webspaces/operator/readiness',
    contractVersion: 1,
    register(container) {
      container.provide(READINESS, { useFactory: () => new Readiness() })
      container.contribute(PART, { useFactory: (resolver) => resolver.resolve(READINESS) })
    },
  }
}

/** What there is to be checked of this distribution. */
function checksOf(resolver: Resolver): readonly HealthCheck[] {
  return [
    resolver.resolve(READINESS),
    clusterCheck(resolver.resolve(CLUSTER), resolver.resolve(CLOCK)),
    cachesCheck('resource-caches', resolver.resolve(RESOURCE_CACHES)),
    cachesCheck('object-caches', resolver.resolve(WATCHES)),
    ...(resolver.has(GIT_SERVER) ? [gitCheck(resolver.resolve(GIT_SERVER))] : []),
    ...(resolver.has(LEADERSHIP) ? [leaderCheck(resolver.resolve(LEADERSHIP))] : []),
    ...resolver.resolveAll(HEALTH_CHECK),
  ]
}

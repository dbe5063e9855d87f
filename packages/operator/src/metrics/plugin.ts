import { collectDefaultMetrics, Registry } from 'prom-client'
import { BUILDER, IMAGES, PUSH_OBSERVER, type Plugin, type Resolver } from '@webspaces/core'
import { LEADERSHIP } from '../controller/leadership.ts'
import { CONTROLLER_OBSERVER } from '../controller/observer.ts'
import { REQUEST_OBSERVER } from '../kubernetes/request-observer.ts'
import { controllerMetrics } from './controller-metrics.ts'
import { leaderMetrics } from './leader-metrics.ts'
import { METRICS, type Metrics } from './metrics.ts'
import { buildMetrics, pushMetrics } from './push-metrics.ts'
import { requestMetrics } from './request-metrics.ts'

/** The metrics of whatever the distribution consists of: pushes, controllers, leadership, requests and the process itself. */
export function metrics(options: { readonly lease: string }): Plugin {
  const registry = new Registry()
  return {
    name: '@webspaces/operator/metrics',
    contractVersion: 1,
    register(container) {
      container.provide(PUSH_OBSERVER, { useFactory: () => pushMetrics(registry) })
      container.provide(CONTROLLER_OBSERVER, { useFactory: () => controllerMetrics(registry) })
      container.provide(REQUEST_OBSERVER, { useFactory: () => requestMetrics(registry) })
      container.provide(METRICS, { useFactory: (resolver) => collected(registry, resolver, options.lease) })
    },
  }
}

function collected(registry: Registry, resolver: Resolver, lease: string): Metrics {
  collectDefaultMetrics({ register: registry })
  if (resolver.has(BUILDER)) buildMetrics(registry, resolver.resolve(IMAGES))
  if (resolver.has(LEADERSHIP)) leaderMetrics(registry, lease, resolver.resolve(LEADERSHIP))
  return { contentType: registry.contentType, text: () => registry.metrics() }
}

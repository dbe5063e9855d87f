import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { RECONCILE_RESULTS, type ControllerObserver, type ObservedController } from '../controller/observer.ts'

// Names, labels and buckets are those of controller-runtime (pkg/internal/controller/metrics and pkg/metrics/workqueue.go),
// so that dashboards and alerts that exist for it work here.

const RECONCILE_BUCKETS = [
  ...[0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1],
  ...[1.25, 1.5, 1.75, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60],
]
/** Those of controller-runtime from a millisecond on: the clock counts nothing shorter. */
const QUEUE_BUCKETS = [0.001, 0.01, 0.1, 1, 10, 100, 1000]

/** Measures controllers. All series of a controller are there from the start, at zero. */
export function controllerMetrics(registry: Registry): ControllerObserver {
  const reconciles = reconcileMetrics(registry)
  const queue = queueMetrics(registry)
  const controllers: ObservedController[] = []
  stateMetrics(registry, controllers)
  return (controller) => {
    controllers.push(controller)
    const { name } = controller
    for (const result of RECONCILE_RESULTS) reconciles.total.inc({ controller: name, result }, 0)
    reconciles.errors.inc({ controller: name }, 0)
    reconciles.time.zero({ controller: name })
    queue.adds.inc({ name }, 0)
    queue.retries.inc({ name }, 0)
    queue.waited.zero({ name })
    queue.worked.zero({ name })
    return {
      queued: () => queue.adds.inc({ name }),
      taken: (waitedMs) => queue.waited.observe({ name }, waitedMs / 1000),
      reconciled: (result, tookMs) => {
        reconciles.total.inc({ controller: name, result })
        reconciles.time.observe({ controller: name }, tookMs / 1000)
        queue.worked.observe({ name }, tookMs / 1000)
        if (result !== 'error') return
        reconciles.errors.inc({ controller: name })
        queue.retries.inc({ name })
      },
    }
  }
}

function reconcileMetrics(registry: Registry) {
  const registers = [registry]
  return {
    total: new Counter({
      name: 'controller_runtime_reconcile_total',
      help: 'Total number of reconciliations per controller.',
      labelNames: ['controller', 'result'],
      registers,
    }),
    errors: new Counter({
      name: 'controller_runtime_reconcile_errors_total',
      help: 'Total number of reconciliation errors per controller.',
      labelNames: ['controller'],
      registers,
    }),
    time: new Histogram({
      name: 'controller_runtime_reconcile_time_seconds',
      help: 'Length of time per reconciliation per controller.',
      labelNames: ['controller'],
      buckets: RECONCILE_BUCKETS,
      registers,
    }),
  }
}

function queueMetrics(registry: Registry) {
  const of = { labelNames: ['name'] as const, registers: [registry] }
  return {
    adds: new Counter({ name: 'workqueue_adds_total', help: 'Total number of adds handled by the queue.', ...of }),
    retries: new Counter({ name: 'workqueue_retries_total', help: 'Total number of retries handled.', ...of }),
    waited: new Histogram({
      name: 'workqueue_queue_duration_seconds',
      help: 'How long an item stays in the queue before it is requested.',
      buckets: QUEUE_BUCKETS,
      ...of,
    }),
    worked: new Histogram({
      name: 'workqueue_work_duration_seconds',
      help: 'How long processing an item takes.',
      buckets: QUEUE_BUCKETS,
      ...of,
    }),
  }
}

/** What is asked for when it is collected. */
function stateMetrics(registry: Registry, controllers: readonly ObservedController[]): void {
  const gauge = (
    name: string,
    help: string,
    label: string,
    value: (controller: ObservedController) => number,
  ): void => {
    new Gauge({
      name,
      help,
      labelNames: [label],
      registers: [registry],
      collect() {
        for (const controller of controllers) this.set({ [label]: controller.name }, value(controller))
      },
    })
  }
  const seconds = (milliseconds: number): number => milliseconds / 1000
  gauge('workqueue_depth', 'Current depth of the queue.', 'name', (each) => each.state().waiting)
  gauge(
    'workqueue_unfinished_work_seconds',
    'How long all that is in progress has been so, together; a value that grows shows workers that are stuck.',
    'name',
    (each) => seconds(each.state().working.reduce((sum, ms) => sum + ms, 0)),
  )
  gauge(
    'workqueue_longest_running_processor_seconds',
    'How long the longest running processor has been running.',
    'name',
    (each) => seconds(Math.max(0, ...each.state().working)),
  )
  gauge(
    'controller_runtime_active_workers',
    'Number of currently used workers per controller.',
    'controller',
    (each) => each.state().working.length,
  )
  gauge(
    'controller_runtime_max_concurrent_reconciles',
    'Maximum number of concurrent reconciles per controller.',
    'controller',
    (each) => each.workers,
  )
}

import { Gauge, Histogram, type Registry } from 'prom-client'
import { PUSH_PHASES, type Images, type PushObserver } from '@webspaces/core'

/** From a check in memory to the longest build. Seconds. */
const BUCKETS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900]

/** How long the phases of pushes take, and how they end. */
export function pushMetrics(registry: Registry): PushObserver {
  const phases = new Histogram({
    name: 'webspaces_push_phase_seconds',
    help: 'Time that the phases of pushes took, by how they ended: success, or the code of the error.',
    labelNames: ['phase', 'result'],
    buckets: BUCKETS,
    registers: [registry],
  })
  for (const phase of PUSH_PHASES) phases.zero({ phase, result: 'success' })
  return {
    phaseEnded: (phase, result, milliseconds) => phases.observe({ phase, result }, milliseconds / 1000),
  }
}

/** How many builds wait and run now. */
export function buildMetrics(registry: Registry, images: Pick<Images, 'builds'>): void {
  new Gauge({
    name: 'webspaces_builds',
    help: 'Builds that wait for a place, and that run.',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      const { waiting, running } = images.builds
      this.set({ state: 'waiting' }, waiting)
      this.set({ state: 'running' }, running)
    },
  })
}

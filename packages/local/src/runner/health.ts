import type { Clock, Container } from '@webspaces/core'
import { probe, type ProbeResult } from './probe.ts'

/** The first looks at a starting process: often, so that it is live as soon as it can be, then less and less. */
const FIRST_POLL_MS = 50
const LAST_POLL_MS = 1000

/** Kubernetes' own defaults. */
const PERIOD_SECONDS = 10
const FAILURE_THRESHOLD = 3

export interface HealthEvents {
  readonly ready: (ready: boolean) => void
  /** A look at a process that has not been ready yet. */
  readonly waiting: (why: string) => void
  /** It hangs: the liveness probe has failed as often as it may. */
  readonly dead: (why: string) => void
}

/**
 * Watches one process by the probes of its container until the signal aborts. Liveness counts from the first readiness:
 * how long a start may take is the rollout's business.
 */
export async function watchHealth(
  container: Container,
  port: number,
  clock: Clock,
  events: HealthEvents,
  signal: AbortSignal,
): Promise<void> {
  try {
    for (let wait = FIRST_POLL_MS; ; wait = Math.min(wait * 1.5, LAST_POLL_MS)) {
      const problem = await probe(container.readinessProbe, port, signal)
      signal.throwIfAborted()
      if (problem === undefined) break
      events.waiting(problem)
      await clock.sleep(wait, signal)
    }
    events.ready(true)
    const readiness = series(container, 'readinessProbe', port, clock, signal, (failed) => events.ready(!failed))
    const liveness = series(container, 'livenessProbe', port, clock, signal, (failed, why) => {
      if (failed) events.dead(why ?? '')
    })
    await Promise.all([readiness, liveness])
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

/** Probes for ever; tells after each look whether the probe has failed as often in a row as it may. */
async function series(
  container: Container,
  kind: 'readinessProbe' | 'livenessProbe',
  port: number,
  clock: Clock,
  signal: AbortSignal,
  tell: (failed: boolean, why: ProbeResult) => void,
): Promise<void> {
  const settings = container[kind]
  if (settings === undefined) return
  let failures = 0
  for (;;) {
    await clock.sleep((settings.periodSeconds ?? PERIOD_SECONDS) * 1000, signal)
    const problem = await probe(settings, port, signal)
    signal.throwIfAborted()
    failures = problem === undefined ? 0 : failures + 1
    if (failures === 0 || failures >= (settings.failureThreshold ?? FAILURE_THRESHOLD)) tell(failures > 0, problem)
  }
}

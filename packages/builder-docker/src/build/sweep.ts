import type { Clock } from '@webspaces/core'
import type { Daemon } from '../daemon/daemon.ts'
import type { ClassicProgress } from '../progress/classic-progress.ts'

const POLL_MS = 50

/**
 * Removes what a classic build that failed or was stopped leaves behind. The daemon ends and removes the container by
 * itself, some time after the connection is cut; the layers it keeps for good, without a label by which anyone would
 * find them again.
 */
export async function sweepClassic(
  daemon: Daemon,
  { containers, layers }: ClassicProgress,
  clock: Clock,
  limitMs: number,
): Promise<void> {
  const signal = AbortSignal.timeout(2 * limitMs)
  try {
    for (const container of containers) await gone(daemon, container, clock, limitMs, signal)
    for (const layer of [...layers].reverse()) await removeLayer(daemon, layer, signal)
  } catch {
    // The daemon went away meanwhile. Its containers ended with it.
  }
}

async function gone(daemon: Daemon, id: string, clock: Clock, limitMs: number, signal: AbortSignal): Promise<void> {
  const container = daemon.client.getContainer(id)
  const end = clock.now() + limitMs
  while (clock.now() < end) {
    const there = await container.inspect({ abortSignal: signal }).then(
      () => true,
      () => false,
    )
    if (!there) return
    await clock.sleep(POLL_MS, signal)
  }
  await container.remove({ force: true, v: true, abortSignal: signal })
}

/** `noprune`: the layers below belong to the cache of other builds. One that another build uses by now stays. */
async function removeLayer(daemon: Daemon, id: string, signal: AbortSignal): Promise<void> {
  await daemon.client
    .getImage(id)
    .remove({ noprune: true, abortSignal: signal })
    .catch(() => undefined)
}

import type { Clock } from '@webspaces/core'
import type { ContainerInspectInfo } from 'dockerode'
import { statusOf, type Daemon } from '../daemon/daemon.ts'
import type { ClassicProgress } from '../progress/classic-progress.ts'

const POLL_MS = 50

/** A classic build that is over. */
export interface Leftovers {
  readonly progress: ClassicProgress
  /** When it began, by the daemon's own clock. Milliseconds since the epoch. */
  readonly since: number
}

/** @throws what the request throws */
export async function daemonTime(daemon: Daemon, abortSignal: AbortSignal): Promise<number> {
  const request = { method: 'GET', path: '/info', abortSignal, statusCodes: { 200: true } } as const
  const { SystemTime } = await daemon.dial<{ readonly SystemTime: string }>(request)
  return Date.parse(SystemTime)
}

/**
 * Removes what a classic build that failed or was stopped leaves behind. The daemon ends and removes the container by
 * itself, some time after the connection is cut; the layers it keeps for good, without a label by which anyone would
 * find them again.
 *
 * A step may write a line that names any container or image of the daemon. So nothing is removed for its id alone: it
 * must have been made since the build began, and look as what a build leaves does.
 */
export async function sweepClassic(
  daemon: Daemon,
  { progress, since }: Leftovers,
  clock: Clock,
  limitMs: number,
): Promise<void> {
  const signal = AbortSignal.timeout(2 * limitMs)
  const isNew = ({ Created }: { readonly Created: string }): boolean => Date.parse(Created) >= since
  try {
    for (const id of progress.containers) {
      const container = await found(daemon.client.getContainer(id).inspect({ abortSignal: signal }))
      if (container === undefined || !isNew(container)) continue
      if (await isOfBuild(daemon, container, progress, signal)) await gone(daemon, container.Id, clock, limitMs, signal)
    }
    for (const id of [...progress.layers].reverse()) {
      const image = await imageOf(daemon, id, signal)
      if (image === undefined || !isNew(image) || isAmong(progress.bases, image.Id)) continue
      // What has a name is somebody's.
      if ([...(image.RepoTags ?? []), ...(image.RepoDigests ?? [])].length === 0)
        await removeLayer(daemon, image.Id, signal)
    }
  } catch {
    // The daemon went away meanwhile. Its containers ended with it.
  }
}

/** Whether a container is made from an image of this build, or from one that is there no more. */
async function isOfBuild(
  daemon: Daemon,
  { Image }: ContainerInspectInfo,
  { bases, layers }: ClassicProgress,
  signal: AbortSignal,
): Promise<boolean> {
  if (isAmong(bases, Image) || isAmong(layers, Image)) return true
  return (await imageOf(daemon, Image, signal)) === undefined
}

/** The builder shows the first characters of an id. */
function isAmong(ids: ReadonlySet<string>, id: string): boolean {
  const digits = id.replace(/^sha256:/, '')
  return [...ids].some((each) => digits.startsWith(each))
}

interface InspectedImage {
  readonly Id: string
  readonly Created: string
  readonly RepoTags: readonly string[] | null
  readonly RepoDigests: readonly string[] | null
}

/** By `dial`, as dockerode's own method cannot be stopped. */
function imageOf(daemon: Daemon, id: string, abortSignal: AbortSignal): Promise<InspectedImage | undefined> {
  const path = `/images/${id}/json`
  return found(daemon.dial<InspectedImage>({ method: 'GET', path, abortSignal, statusCodes: { 200: true } }))
}

/** Undefined where it is not there. */
async function found<T>(inspection: Promise<T>): Promise<T | undefined> {
  return await inspection.catch((error: unknown) => {
    if (statusOf(error) === 404) return undefined
    throw error
  })
}

async function gone(daemon: Daemon, id: string, clock: Clock, limitMs: number, signal: AbortSignal): Promise<void> {
  const container = daemon.client.getContainer(id)
  const end = clock.now() + limitMs
  while (clock.now() < end) {
    if ((await found(container.inspect({ abortSignal: signal }))) === undefined) return
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

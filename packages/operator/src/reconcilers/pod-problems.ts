import { siteContainer, type ContainerStatus, type Pod } from '../kubernetes/pod.ts'

/** What keeps a Release from coming up, as its pods tell: a Deployment only knows that there is no progress. */
export interface PodProblem {
  /** The same for as long as the problem is the same: it is written to statuses. */
  readonly message: string
  /** What the cluster says about it at the moment. */
  readonly detail?: string
  /** No waiting will mend it. */
  readonly final: boolean
}

/**
 * So many ends before the first readiness, and a version is taken to be broken; as on one machine. Two would be too few:
 * kubelet starts a container again at once the first time, so they tell of one moment, in which a database may have been
 * away. The third try comes 10 s after the second has ended.
 */
const ENDS = 3
/** A registry may be away for a moment; one that is for longer keeps a version from being rolled out. Milliseconds. */
const PULL_PATIENCE_MS = 30_000

/** What kubelet says when there is no image to start, and whether that can change by itself. */
const IMAGE_REASONS: Readonly<Record<string, 'at once' | 'in time'>> = {
  ErrImagePull: 'in time',
  ImagePullBackOff: 'in time',
  ImageInspectError: 'in time',
  RegistryUnavailable: 'in time',
  InvalidImageName: 'at once',
  ErrImageNeverPull: 'at once',
}
/** The container cannot be made as it is described: a Secret that is missing, a user that must not be. */
const START_REASONS = new Set(['CreateContainerConfigError', 'CreateContainerError', 'RunContainerError'])

/**
 * The worst problem of the pods of one Release that are not ready, or undefined where they only need time.
 * @param now milliseconds since the epoch
 */
export function podProblem(pods: Iterable<Pod>, now: number): PodProblem | undefined {
  const problems = [...pods]
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .flatMap((pod) => problemOf(pod, now) ?? [])
  return problems.find(({ final }) => final) ?? problems[0]
}

function problemOf(pod: Pod, now: number): PodProblem | undefined {
  const container = siteContainer(pod)
  if (container === undefined) return unscheduled(pod)
  if (container.ready) return undefined
  const age = now - Date.parse(pod.metadata.creationTimestamp ?? '')
  return imageProblem(container, age) ?? crash(container) ?? startProblem(container) ?? unready(container)
}

function imageProblem({ state }: ContainerStatus, age: number): PodProblem | undefined {
  const { reason = '', message = '' } = state?.waiting ?? {}
  const kind = IMAGE_REASONS[reason]
  if (kind === undefined) return undefined
  return problem('the image cannot be pulled', message, kind === 'at once' || age > PULL_PATIENCE_MS)
}

/** Judged by what happened and not by the present moment: between two crashes the container runs for a while. */
function crash({ state, lastState, restartCount }: ContainerStatus): PodProblem | undefined {
  const ended = state?.terminated ?? lastState?.terminated
  if (ended === undefined) return undefined
  // The end that a restart is still to come of counts as well: kubelet puts that off, for longer each time.
  const ends = state?.running === undefined ? restartCount + 1 : restartCount
  const final = ends >= ENDS
  const how =
    ended.reason === 'OOMKilled'
      ? 'needed more memory than its limit and was killed'
      : ended.signal === undefined || ended.signal === 0
        ? `ended with code ${ended.exitCode}`
        : `was ended by signal ${ended.signal}`
  return { message: final ? `${how}, again and again` : how, final }
}

function startProblem({ state }: ContainerStatus): PodProblem | undefined {
  const { reason = '', message = '' } = state?.waiting ?? {}
  return START_REASONS.has(reason) ? problem('the container cannot be started', message, false) : undefined
}

function unready({ state }: ContainerStatus): PodProblem | undefined {
  return state?.running === undefined ? undefined : problem('runs, and does not answer its health check yet', '', false)
}

/** There may be room later, or a new node. */
function unscheduled({ status }: Pod): PodProblem | undefined {
  const scheduled = status?.conditions?.find(({ type }) => type === 'PodScheduled')
  if (scheduled?.status !== 'False' || scheduled.reason !== 'Unschedulable') return undefined
  return problem('no node has room for it', scheduled.message ?? '', false)
}

function problem(message: string, detail: string, final: boolean): PodProblem {
  return { message, final, ...(detail === '' ? {} : { detail: detail.slice(0, 300) }) }
}

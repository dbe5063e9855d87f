import type { DeploymentCondition, DeploymentStatus } from '@webspaces/core'
import type { Problem } from './replica.ts'

/** What a status is made of; replicas that are being stopped do not count. */
export interface Observed {
  readonly generation: number
  readonly wanted: number
  /** Replicas of the template in the spec. */
  readonly current: readonly ObservedReplica[]
  readonly others: readonly ObservedReplica[]
  /** The rollout of this template has been complete before. */
  readonly completed: boolean
  /** The rollout has made no progress for longer than it may. */
  readonly overdue: boolean
}

export interface ObservedReplica {
  readonly ready: boolean
  readonly worked: boolean
  readonly failedStarts: number
  readonly problem: Problem | undefined
  readonly lastEnd: string | undefined
}

/** So many ends before the first readiness, and a version is taken to be broken. */
const CRASHES = 3

/** Everything wanted runs, of the wanted version and no other. */
export function isComplete({ wanted, current, others }: Observed): boolean {
  return others.length === 0 && current.length === wanted && current.every(({ ready }) => ready)
}

/**
 * The status as Kubernetes' Deployment controller writes it. Times change only with what they tell of, so that the
 * status of an unchanged world is unchanged.
 */
export function deploymentStatus(
  observed: Observed,
  former: DeploymentStatus | undefined,
  now: Date,
): DeploymentStatus {
  const { current, others, wanted } = observed
  const replicas = current.length + others.length
  const ready = [...current, ...others].filter((replica) => replica.ready).length
  return {
    observedGeneration: observed.generation,
    replicas,
    updatedReplicas: current.length,
    readyReplicas: ready,
    availableReplicas: ready,
    unavailableReplicas: Math.max(0, wanted - ready),
    conditions: [dated(available(ready >= wanted), former, now), dated(progressing(observed), former, now)],
  }
}

type Condition = Pick<DeploymentCondition, 'type' | 'status' | 'reason' | 'message'>

function available(enough: boolean): Condition {
  return enough
    ? {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      }
}

function progressing(observed: Observed): Condition {
  const is = (status: 'True' | 'False', reason: string, message: string): Condition => ({
    type: 'Progressing',
    status,
    reason,
    message,
  })
  if (observed.completed || isComplete(observed)) {
    return is('True', 'NewReplicaSetAvailable', 'The rollout is complete.')
  }
  const missing = observed.current.find(({ problem }) => problem?.reason === 'ImageMissing')?.problem
  if (missing !== undefined) return is('False', 'ImageMissing', missing.message)
  const crashing = observed.current.find(({ worked, failedStarts }) => !worked && failedStarts >= CRASHES)
  if (crashing !== undefined) {
    return is('False', 'CrashLoopBackOff', `${crashing.lastEnd ?? 'it ended'}, again and again before it was ready.`)
  }
  if (observed.overdue) {
    const seen = observed.current.find(({ ready }) => !ready)?.problem?.message
    return is('False', 'ProgressDeadlineExceeded', `No progress in time: ${seen ?? 'replicas are not ready'}.`)
  }
  return is('True', 'ReplicaSetUpdated', 'The rollout is in progress.')
}

function dated(next: Condition, former: DeploymentStatus | undefined, now: Date): DeploymentCondition {
  const before = former?.conditions?.find(({ type }) => type === next.type)
  const time = now.toISOString()
  if (before?.status !== next.status) return { ...next, lastUpdateTime: time, lastTransitionTime: time }
  const { lastUpdateTime = time, lastTransitionTime = time } = before
  const same = before.reason === next.reason && before.message === next.message
  return { ...next, lastUpdateTime: same ? lastUpdateTime : time, lastTransitionTime }
}

import {
  Label,
  type Deployment,
  type DeploymentCondition,
  type DeploymentStatus,
  type Release,
  type Rollout,
} from '@webspaces/core'
import type { PodProblem } from './pod-problems.ts'

/** How far a Deployment is with a Release. `readyReplicas` counts those of this Release alone. */
export type DeploymentRollout = Pick<Rollout, 'replicas' | 'readyReplicas' | 'message'> & {
  readonly phase: 'Progressing' | 'Live' | 'Failed'
}

/** Whether a Deployment has been brought to this Release. */
export function isApplied(release: Release, deployment: Deployment | undefined): deployment is Deployment {
  return deployment?.spec.template.metadata.labels[Label.release] === release.metadata.name
}

/** Whether what a Deployment's status says is about this Release, as the Deployment has it now. */
export function isObserved(release: Release, deployment: Deployment | undefined): boolean {
  return isApplied(release, deployment) && known(deployment).observedGeneration >= (deployment.metadata.generation ?? 0)
}

/**
 * Reads a Deployment's status as `kubectl rollout status` does. What the status says counts only once it is about the
 * present spec: until then a failure, or a success, is that of the Release before.
 * @param problem of the Release's pods; left out where there are none to look at
 */
export function rolloutOf(
  release: Release,
  deployment: Deployment | undefined,
  problem?: PodProblem,
): DeploymentRollout {
  if (!isApplied(release, deployment)) return { phase: 'Progressing', replicas: 0, readyReplicas: 0 }
  const wanted = deployment.spec.replicas
  if (!isObserved(release, deployment)) return { phase: 'Progressing', replicas: wanted, readyReplicas: 0 }
  const { replicas, updatedReplicas, readyReplicas, availableReplicas } = known(deployment)
  const former = replicas - updatedReplicas
  // Those of the former release are ready as a rule, so what is ready beyond them is new.
  const counts = { replicas: wanted, readyReplicas: Math.max(0, Math.min(updatedReplicas, readyReplicas - former)) }
  if (
    updatedReplicas === wanted &&
    availableReplicas === wanted &&
    former === 0 &&
    conditionOf(deployment, 'Progressing', 'False') === undefined
  ) {
    return { phase: 'Live', ...counts }
  }
  return { ...unfinished(deployment, problem), ...counts }
}

/** Whether one that is not live has failed, and what people should know about it. */
function unfinished(
  deployment: Deployment,
  problem: PodProblem | undefined,
): Pick<DeploymentRollout, 'phase' | 'message'> {
  const failure = conditionOf(deployment, 'Progressing', 'False')
  if (failure !== undefined) {
    return { phase: 'Failed', message: problem?.message ?? failure.message ?? failure.reason ?? 'no progress' }
  }
  // A version that has been live and ends later is not one whose rollout has failed.
  const completed = conditionOf(deployment, 'Progressing', 'True')?.reason === 'NewReplicaSetAvailable'
  if (problem?.final === true && !completed) return { phase: 'Failed', message: problem.message }
  const message = conditionOf(deployment, 'ReplicaFailure', 'True')?.message ?? problem?.message
  return { phase: 'Progressing', ...(message === undefined ? {} : { message }) }
}

/** The status; a count that is left out is 0. */
function known({ status }: Deployment): Required<Omit<DeploymentStatus, 'conditions' | 'unavailableReplicas'>> {
  const nothing = { observedGeneration: 0, replicas: 0, updatedReplicas: 0, readyReplicas: 0, availableReplicas: 0 }
  return { ...nothing, ...status }
}

function conditionOf(
  { status }: Deployment,
  type: DeploymentCondition['type'],
  value: DeploymentCondition['status'],
): DeploymentCondition | undefined {
  return status?.conditions?.find((condition) => condition.type === type && condition.status === value)
}

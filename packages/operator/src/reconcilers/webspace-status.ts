import {
  domainOf,
  Label,
  Reason,
  type Addressing,
  type BranchStatus,
  type BranchWorkload,
  type Customer,
  type Deployment,
  type HostConflict,
  type Release,
  type Webspace,
  type WebspaceStatus,
} from '@webspaces/core'
import { conditionsOf, ready, reconciling, stalled, waiting, type Outcome } from './outcome.ts'
import type { PodProblem } from './pod-problems.ts'
import type { Refusal } from './owned-objects.ts'
import { rolloutOf, type DeploymentRollout } from './rollout.ts'

/** What a Webspace's status is made from. */
export interface WebspaceView {
  readonly webspace: Webspace
  readonly customer: Customer | undefined
  readonly runtimeExists: boolean
  readonly branches: readonly BranchWorkload[]
  readonly conflicts: readonly HostConflict[]
  readonly deploymentOf: (branch: BranchWorkload) => Deployment | undefined
  readonly problemOf: (release: Release) => PodProblem | undefined
  readonly addressing: Addressing
  /** What the cluster does not take of the Webspace's objects. */
  readonly refusals: readonly Refusal[]
  /** Milliseconds since the epoch. */
  readonly now: number
}

interface BranchView {
  readonly workload: BranchWorkload
  readonly deployment: Deployment | undefined
  readonly rollout: DeploymentRollout
  readonly refusal: string | undefined
}

export function webspaceStatus(view: WebspaceView): WebspaceStatus {
  const { webspace, addressing } = view
  const branches = view.branches.map((workload): BranchView => {
    const { release } = workload
    const deployment = view.deploymentOf(workload)
    const rollout = rolloutOf(release, deployment, view.problemOf(release))
    return { workload, deployment, rollout, refusal: refusalOf(release, view.refusals) }
  })
  const production = branches.find(({ workload }) => workload.production)
  return {
    cloneUrl: addressing.cloneUrl(webspace.metadata.name),
    url: addressing.siteUrl(domainOf(webspace, addressing)),
    replicas: production?.deployment?.status?.replicas ?? 0,
    readyReplicas: production?.deployment?.status?.readyReplicas ?? 0,
    selector: production && labelSelector(production.workload.selector),
    branches: branches.map(branchStatus),
    conditions: conditionsOf(webspace, outcome(view, production), view.now),
  }
}

/** As the scale subresource has it: a string, for those who look for pods by it. */
function labelSelector(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([label, value]) => `${label}=${value}`)
    .join(',')
}

function branchStatus({ workload, deployment, rollout, refusal }: BranchView): BranchStatus {
  const { branch, slug, production, url, release, replicas } = workload
  const readyReplicas = deployment?.status?.readyReplicas ?? 0
  return {
    ...{ branch, slug, production, url, release: release.metadata.name, commit: release.spec.commit },
    ...(refusal === undefined
      ? { phase: rollout.phase, replicas, readyReplicas }
      : { phase: 'Failed', replicas, readyReplicas, refusal }),
  }
}

function refusalOf(release: Release, refusals: readonly Refusal[]): string | undefined {
  return refusals.find(({ object }) => object.metadata.labels?.[Label.release] === release.metadata.name)?.error.message
}

/** The first thing that somebody who looks at the Webspace should know. */
function outcome(view: WebspaceView, production: BranchView | undefined): Outcome {
  const { webspace, customer, conflicts } = view
  const { spec } = webspace
  if (webspace.metadata.deletionTimestamp !== undefined) return waiting(Reason.Deleting, 'is being deleted')
  if (customer === undefined)
    return stalled(Reason.CustomerMissing, `spec.customer: there is no Customer ${spec.customer}`)
  if (customer.status?.namespace === undefined) return reconciling(`Customer ${spec.customer} has no namespace yet`)
  const [refusal] = view.refusals
  if (refusal !== undefined) return stalled(Reason.InvalidSpec, refusal.error.message)
  if (!view.runtimeExists) return stalled(Reason.RuntimeMissing, `spec.runtime: there is no Runtime ${spec.runtime}`)
  if (conflicts.length > 0) {
    const taken = conflicts.map(({ host, owner }) => `${host} belongs to Webspace ${owner}, which is older`)
    return stalled(Reason.HostTaken, taken.join('; '))
  }
  if (spec.suspended) return waiting(Reason.Suspended, 'is suspended: nothing runs, and pushes are refused')
  if (production === undefined) return waiting(Reason.AwaitingPush, `nothing has been pushed to ${spec.branch} yet`)
  return productionOutcome(production)
}

function productionOutcome({ workload, rollout }: BranchView): Outcome {
  const { name } = workload.release.metadata
  const { phase, readyReplicas, replicas, message } = rollout
  switch (phase) {
    case 'Failed':
      return stalled(Reason.RolloutFailed, `${name}: ${message ?? 'no progress'}`)
    case 'Progressing':
      return reconciling(`${name}: ${message ?? `${readyReplicas} of ${replicas} ready`}`)
    case 'Live':
      return ready(replicas === 0 ? `${name} has no replicas: nothing serves it` : `${name} is live at ${workload.url}`)
  }
}

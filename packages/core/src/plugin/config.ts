import type { ReclaimPolicy } from '../resources/webspace.ts'
import type { NetworkPolicyPeer } from '../workload/objects.ts'

/** The settings that rules in core depend on. Adapters have their own, given to their plugin functions. */
export interface PlatformConfig {
  readonly push: PushLimits
  readonly workload: WorkloadSettings
  /** What becomes of the repository of a deleted Webspace that does not say so itself. */
  readonly reclaimPolicy: ReclaimPolicy
  /** Left out: customers' processes can reach each other. */
  readonly isolation?: IsolationSettings
}

/** Keeps the pods of different customers from each other, in a cluster whose network knows NetworkPolicies. */
export interface IsolationSettings {
  /** What may reach the pods of every customer: the ingress controller, for one. */
  readonly from: readonly NetworkPolicyPeer[]
}

export interface PushLimits {
  /** Refs in one push. */
  readonly maxRefs: number
  /** Files in a pushed tree. */
  readonly maxFiles: number
  /** Bytes of all files of a pushed tree. */
  readonly maxTreeBytes: number
  readonly buildTimeMs: number
  readonly buildOutputBytes: number
  /** Left out: builds take what memory there is. */
  readonly buildMemoryBytes?: number
  /** Builds that run at one time, and how many of them for one customer. */
  readonly concurrentBuilds: number
  readonly concurrentBuildsPerCustomer: number
  /** Pushes that wait for a build, over all customers. */
  readonly maxWaiting: number
  /** How long a push waits for its rollout before it leaves it to itself. */
  readonly rolloutWaitMs: number
  /** A Pending Release without its ref is gone after this. */
  readonly pendingGraceMs: number
  /** Releases that are kept of each branch, for rollbacks. */
  readonly releaseHistory: number
}

export interface WorkloadSettings {
  /** `spec.ingressClassName`; left out: the cluster's default. */
  readonly ingressClass?: string
  readonly ingressAnnotations: Readonly<Record<string, string>>
  /** How long a rollout may make no progress before it has failed. Seconds. */
  readonly progressDeadlineSeconds: number
  /** Seconds between the moment a replica is taken out of service and its SIGTERM. */
  readonly preStopSeconds: number
  readonly defaultResources: {
    readonly requests: Readonly<Record<string, string>>
    readonly limits: Readonly<Record<string, string>>
  }
}

const MiB = 1024 * 1024
const MINUTE = 60_000

export const DEFAULT_CONFIG: PlatformConfig = {
  push: {
    maxRefs: 20,
    maxFiles: 100_000,
    maxTreeBytes: 1024 * MiB,
    buildTimeMs: 15 * MINUTE,
    buildOutputBytes: 16 * MiB,
    concurrentBuilds: 4,
    concurrentBuildsPerCustomer: 2,
    maxWaiting: 100,
    rolloutWaitMs: 5 * MINUTE,
    pendingGraceMs: 10 * MINUTE,
    releaseHistory: 10,
  },
  workload: {
    ingressAnnotations: {},
    progressDeadlineSeconds: 120,
    preStopSeconds: 5,
    defaultResources: {
      requests: { cpu: '50m', memory: '128Mi' },
      limits: { memory: '512Mi' },
    },
  },
  reclaimPolicy: 'Delete',
}

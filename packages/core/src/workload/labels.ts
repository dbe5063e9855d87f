/** Labels and annotations that Webspaces puts on objects. */
export const Label = {
  name: 'app.kubernetes.io/name',
  instance: 'app.kubernetes.io/instance',
  managedBy: 'app.kubernetes.io/managed-by',
  customer: 'webspaces.dev/customer',
  webspace: 'webspaces.dev/webspace',
  /** The branch's slug: a branch's name may hold characters that a label cannot. */
  branch: 'webspaces.dev/branch',
  release: 'webspaces.dev/release',
} as const

export const Annotation = {
  /** The branch's name as git has it. */
  branch: 'webspaces.dev/branch',
  /** Id of the push that made the object; follows it through SSH output and logs. */
  push: 'webspaces.dev/push',
  /** Commit that runs. */
  commit: 'webspaces.dev/commit',
  /** Digest of the Webspace's `spec.env` when the Release was made. */
  env: 'webspaces.dev/env',
  /** When a rolling restart was asked for. RFC 3339. */
  restartedAt: 'webspaces.dev/restartedAt',
} as const

export const MANAGER = 'webspaces'
/** Holds a Webspace until its repository has been dealt with. */
export const REPOSITORY_FINALIZER = 'webspaces.dev/repository'

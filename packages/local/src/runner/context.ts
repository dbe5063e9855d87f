import type { Clock, Cluster, Logger, NewId } from '@webspaces/core'
import type { Endpoint } from '../endpoints.ts'
import type { ImageStore } from '../images/image-store.ts'
import type { FolderLogs } from './logs/folder-logs.ts'
import type { Slots } from './slots.ts'

/** What a runner tells of its ready replicas. */
export interface ReadyReplicas {
  publish(endpoint: Endpoint): void
  withdraw(id: string): void
  /** Resolves when no request is on its way to it. @throws the signal's reason. */
  drained(id: string, signal: AbortSignal): Promise<void>
}

/** What all replicas of one machine have in common. */
export interface RunnerContext {
  readonly cluster: Cluster
  readonly images: ImageStore
  readonly endpoints: ReadyReplicas
  readonly logs: FolderLogs
  readonly clock: Clock
  readonly newId: NewId
  readonly logger: Logger
  /** How many may be starting at one time. */
  readonly starts: Slots
}

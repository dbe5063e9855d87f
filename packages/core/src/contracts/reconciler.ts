import type { Kind, KubernetesObject, ObjectKey } from '../resources/object.ts'
import type { Logger } from './system.ts'

/**
 * Brings the world to where one object says it should be.
 *
 * Every implementer promises:
 * - It gets a name and never an event: it looks at what is, not at what happened. The object may be gone.
 * - It is idempotent, and writes nothing when nothing is to change.
 * - It may be called at any time, again, late, or after a crash in the middle of an earlier call; never twice at once
 *   for one name.
 * - It hands the signal of its context to every write: once that has aborted, another process may be at the same work.
 */
export interface Reconciler {
  readonly name: string
  /** The kind whose names it gets. */
  readonly kind: Kind
  /** Other kinds whose changes concern it, and whose names to look at then. */
  readonly watches: readonly Watched[]
  /**
   * Of several processes, whether each runs it, because it tends what that process alone has. Left out: only one at a
   * time does, the leader.
   */
  readonly everywhere?: boolean
  /** @throws anything: it is called again, later each time. */
  reconcile(key: ObjectKey, context: ReconcileContext): Promise<ReconcileResult>
}

export interface Watched<T extends KubernetesObject = KubernetesObject> {
  readonly kind: Kind<T>
  readonly map: (object: T) => readonly ObjectKey[]
}

export interface ReconcileContext {
  readonly signal: AbortSignal
  readonly logger: Logger
}

export interface ReconcileResult {
  /** Look again after this many milliseconds, whatever happens. */
  readonly requeueAfter?: number
}

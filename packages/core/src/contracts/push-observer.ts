import type { ErrorCode } from '../errors/error.ts'

/**
 * Is told how pushes go, to measure them. A distribution without one measures nothing.
 *
 * Every implementer promises to return at once and never to throw.
 */
export interface PushObserver {
  /** A phase of a push has ended. Phases do not overlap: together they are the time that a push takes. */
  phaseEnded(phase: PushPhase, result: PhaseResult, milliseconds: number): void
}

/**
 * - `preflight`: everything that is checked before anything costs time.
 * - `lock`: waits until a former push to the same branch has let go.
 * - `inspect`: reads the tree and plans its build.
 * - `lookup`: looks for an image of the same input, which spares the build.
 * - `queue`: waits for a place to build.
 * - `build`: from the source to the image in its registry.
 * - `release`: writes the Release.
 * - `accept`: git has moved the ref, and the Release says so.
 * - `rollout`: from there until the version is live, has failed, or is not waited for any longer.
 */
export const PUSH_PHASES = [
  'preflight',
  'lock',
  'inspect',
  'lookup',
  'queue',
  'build',
  'release',
  'accept',
  'rollout',
] as const
export type PushPhase = (typeof PUSH_PHASES)[number]

/**
 * The code of the error that ended a phase, or else `success`; of a lookup `hit` or `miss`; of a rollout also `failed`,
 * and `cancelled` where nobody waited for its end.
 */
export type PhaseResult = 'success' | 'hit' | 'miss' | 'failed' | 'cancelled' | ErrorCode

import type { PushedRepository } from './source.ts'

/**
 * The one door through which code reaches the platform: a git server, or the backend itself, hands over what was
 * pushed before any ref moves, and says when the refs have moved.
 */
export interface PushReceiver {
  /**
   * Checks and builds. Resolves when everything in the push may be accepted; the caller then moves the refs and calls
   * `settle`, or calls `abandon` if that fails.
   * @throws a coded error: the push is refused, the refs must not move, and nothing is left behind.
   */
  receive(push: IncomingPush, io: PushIo): Promise<PushReceipt>
}

export interface IncomingPush {
  /** Follows the push through output, logs, labels and annotations. */
  readonly id: string
  readonly webspace: string
  /** Whose change it is, for the Release: a key's comment or fingerprint, or the backend's caller. */
  readonly pusher: string
  readonly source: 'push' | 'api'
  readonly updates: readonly RefUpdate[]
  readonly options: readonly string[]
  readonly repository: PushedRepository
}

export interface RefUpdate {
  /** Full name: `refs/heads/main`. */
  readonly ref: string
  /** Undefined where the ref is to be created. */
  readonly old?: string
  /** Undefined where the ref is to be deleted. */
  readonly new?: string
}

export interface PushIo {
  /** Aborts when the pusher goes away or the platform stops. */
  readonly signal: AbortSignal
  /** One line to the pusher, without line end. */
  readonly log: (line: string) => void
}

export interface PushReceipt {
  /** The refs have moved: accepts the Releases, and tells of the rollout until it is done, failed, or not waited for. */
  settle(io: PushIo): Promise<void>
  /** The refs have not moved: takes back what `receive` wrote. */
  abandon(): Promise<void>
}

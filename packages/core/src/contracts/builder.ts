import type { Readable } from 'node:stream'
import type { Plan } from './runtime.ts'

/**
 * Turns a pushed tree into an image.
 *
 * Every implementer promises:
 * - `build` ends in an image reference with a digest that can be run from now on, or throws a coded error; there is
 *   no third end. WS_BUILD_FAILED is the customer's to mend, WS_BUILDER_UNAVAILABLE the platform's.
 * - When the signal aborts, `build` throws its reason soon, and leaves no process, container or half-made image.
 * - `log` gets the build's own output as it comes, one line a call, without line ends. Order is kept.
 * - A build sees the pushed tree exactly and none of the platform's files, environment or credentials.
 * - Builds run beside each other without disturbing each other.
 */
export interface Builder {
  /** Whether this builder can build a repository's own Dockerfile. */
  readonly buildsDockerfiles: boolean
  /**
   * The image of an earlier build of this Webspace with this key, if it is still there and whole. A builder may look
   * beyond the Webspace. Counts as a use: `prune` leaves it alone for the grace time from the answer on, also one that
   * has begun before.
   */
  has(buildKey: string, webspace: string): Promise<string | undefined>
  /** As with `has`, the image is left alone for the grace time from the answer on, however long the build took. */
  build(request: BuildRequest, io: BuildIo): Promise<BuildResult>
  /** Removes what this platform's builds left (by label), `keep` does not name and nothing runs from. */
  prune(policy: PrunePolicy, signal: AbortSignal): Promise<PruneResult>
}

export interface BuildRequest {
  /** The push's id; goes into labels and logs. */
  readonly id: string
  readonly webspace: string
  readonly customer: string
  readonly branch: string
  readonly commit: string
  readonly buildKey: string
  /** The Dockerfile's text: the repository's own, or the rendered template. */
  readonly dockerfile: string
  /** Absent exactly if the repository has its own Dockerfile. */
  readonly plan?: Plan
  /** A new tar stream of the pushed files at each call, in git's order; destroying it ends what produces it. */
  readonly source: () => Readable
  /** Ignore caches of earlier builds. */
  readonly noCache: boolean
  readonly limits: BuildLimits
}

export interface BuildLimits {
  readonly timeMs: number
  /** Of the unpacked tree. */
  readonly contextBytes: number
  readonly outputBytes: number
  /** Of one step of the build. Left out: as much as the machine has. */
  readonly memoryBytes?: number
}

export interface BuildIo {
  readonly signal: AbortSignal
  readonly log: (line: string) => void
}

export interface BuildResult {
  /** `name@sha256:…` */
  readonly image: string
}

export interface PrunePolicy {
  /** Images that a Release can come back to, or that a push has been given. */
  readonly keep: ReadonlySet<string>
  /**
   * Images that were made or asked for since stay, named or not: somebody may be about to name them. Milliseconds; 0
   * promises nothing.
   */
  readonly graceMs: number
  /** The Webspaces whose images have to be looked at. A builder may look at more. Left out: everything there is. */
  readonly webspaces?: ReadonlySet<string>
}

export interface PruneResult {
  readonly removed: number
  readonly bytes: number
  /**
   * Webspaces with an image that `keep` does not name and that had to stay for now: something runs from it, or it is too
   * young. Worth another look in a while.
   */
  readonly left: ReadonlySet<string>
}

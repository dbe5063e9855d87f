import type { Readable } from 'node:stream'

/**
 * A read-only view of one commit's files: what a Runtime looks at. Paths are relative, with `/`, and sorted.
 */
export interface SourceTree {
  readonly entries: readonly SourceEntry[]
  /** True if a file (not a folder) is at this path. */
  has(path: string): boolean
  /**
   * The content of a file as UTF-8, or undefined if there is none or it is over `limit` bytes (default 1 MiB).
   */
  read(path: string, limit?: number): Promise<string | undefined>
}

export interface SourceEntry {
  readonly path: string
  readonly type: 'file' | 'executable' | 'symlink' | 'submodule'
  /** Bytes; 0 for a submodule. */
  readonly size: number
}

export interface CommitFacts {
  readonly oid: string
  /** The id of the commit's tree: equal trees have equal content. */
  readonly tree: string
  /** `Name <email>`. */
  readonly author: string
  /** First line. */
  readonly subject: string
}

/**
 * A repository as the push rules see it, including objects that a push has brought and that are still in git's
 * quarantine. All methods are bounded in time by the push's signal.
 */
export interface PushedRepository {
  /** All refs as they are now: full name → oid. */
  refs(): Promise<ReadonlyMap<string, string>>
  /** `commit`, `tag`, … or undefined where there is no such object. */
  objectType(oid: string): Promise<string | undefined>
  commit(oid: string): Promise<CommitFacts>
  isAncestor(ancestor: string, descendant: string): Promise<boolean>
  /** True if the history of this commit ends at a commit whose parents are not here. */
  lacksHistory(oid: string): Promise<boolean>
  /** @throws WS_PUSH_TOO_LARGE for a tree of more than `maxEntries` entries. */
  tree(commit: string, maxEntries: number): Promise<SourceTree>
  /** The files of a commit as a tar stream (`git archive`); destroying it ends what produces it. */
  archive(commit: string, signal: AbortSignal): Readable
}

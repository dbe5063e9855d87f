/**
 * The repositories of the Webspaces, one bare repository each, as the backend sees them.
 *
 * Every implementer promises:
 * - `name` is a Webspace's name and nothing else: anything that is not a resource name is WS_NOT_FOUND, never a path.
 * - What `commit` writes goes through the same PushReceiver as a push, and fails as a push would.
 * - Reading is safe beside pushes and sees a ref either before or after one.
 */
export interface Repositories {
  /**
   * Makes the repository if there is none; HEAD points at `defaultBranch`.
   *
   * It is the owner's from then on. One that was last that of another Webspace and of another customer is retained
   * first, and a new one made: what was pushed under a name is not served to the next customer who has it. One that was
   * nobody's yet is taken over, and so is that of another Webspace of the same customer, as after a restored backup.
   * Without an owner it stays whose it is.
   */
  ensure(name: string, defaultBranch: string, owner?: RepositoryOwner): Promise<void>
  /** Removes the repository and all that is in it. Nothing happens if there is none. */
  delete(name: string): Promise<void>
  /**
   * Moves the repository aside, whole and in one step: from then on it is not listed, read or served, no later
   * repository of this name gets anything of it, and only an administrator puts it back or removes it. Nothing happens
   * if there is none, so that it can be said twice. One that is put back is nobody's, until `ensure` names an owner.
   */
  retain(name: string): Promise<void>
  /** Names of all repositories, sorted. */
  list(): Promise<string[]>
  /** All branches, sorted by name. Empty for a missing repository. */
  branches(name: string): Promise<Branch[]>
  /** Newest first. `ref` is a branch name or an oid. @throws WS_NOT_FOUND */
  log(name: string, ref: string, options?: { readonly limit?: number }): Promise<Commit[]>
  /** A file's content. @throws WS_NOT_FOUND */
  readFile(name: string, ref: string, path: string): Promise<Uint8Array>
  /** The entries of a folder ('' is the root). @throws WS_NOT_FOUND */
  readTree(name: string, ref: string, path: string): Promise<TreeEntry[]>
  /**
   * Commits files to a branch (which is created where it does not exist), through the push rules.
   * @throws what a push would be refused with; WS_PUSH_STALE if `parent` is given and no longer the branch's head.
   */
  commit(name: string, change: Change): Promise<{ readonly oid: string }>
}

/** Whose repository it is. */
export interface RepositoryOwner {
  /** `metadata.uid` of the Webspace. */
  readonly uid: string
  /** The name of its Customer. */
  readonly customer: string
}

export interface Branch {
  readonly name: string
  readonly oid: string
}

export interface Commit {
  readonly oid: string
  readonly parents: readonly string[]
  readonly author: Author
  /** Seconds since the epoch. */
  readonly timestamp: number
  readonly message: string
}

export interface TreeEntry {
  readonly name: string
  readonly type: 'file' | 'executable' | 'symlink' | 'folder' | 'submodule'
  readonly oid: string
}

export interface Author {
  readonly name: string
  readonly email: string
}

export interface Change {
  readonly branch: string
  readonly author: Author
  readonly message: string
  /** Path → new content, or null to remove the file. */
  readonly files: Readonly<Record<string, string | Uint8Array | null>>
  /** The head that the change was made on; left out: whatever it is now. */
  readonly parent?: string
  readonly signal?: AbortSignal
  /** What a pusher would see, line by line. */
  readonly log?: (line: string) => void
}

import * as fs from 'node:fs'
import {
  type Branch,
  type Change,
  type Clock,
  type Commit,
  coreError,
  isBranchName,
  type NewId,
  type PushReceiver,
  type Repositories,
  type RepositoryOwner,
  type RefUpdate,
  type TreeEntry,
} from '@webspaces/core'
import type { Git } from '../git/git.ts'
import { entryType, isMissing, type IsomorphicGit, loadGit, retryDuringRepack } from './isomorphic.ts'
import type { Maintenance } from './maintenance.ts'
import { QuarantinedRepository, readRefs } from './pushed-repository.ts'
import { QuarantineFolder } from './quarantine-folder.ts'
import type { RepositoryStore } from './repository-store.ts'
import { writeTree } from './write-tree.ts'

export interface RepositoriesServices {
  readonly clock: Clock
  readonly git: Git
  readonly maintenance: Maintenance
  readonly newId: NewId
  readonly receiver: () => PushReceiver
  readonly store: RepositoryStore
}

const HEADS = 'refs/heads/'
const DEFAULT_LOG = 50
const MAX_LOG = 1000

/** Repositories for the backend: isomorphic-git for what is read and written, git itself for what moves refs. */
export class GitRepositories implements Repositories {
  readonly #services: RepositoriesServices

  constructor(services: RepositoriesServices) {
    this.#services = services
  }

  async ensure(name: string, defaultBranch: string, owner?: RepositoryOwner): Promise<void> {
    await this.#services.store.ensure(name, defaultBranch, owner)
  }

  async delete(name: string): Promise<void> {
    await this.#services.store.delete(name)
  }

  async retain(name: string): Promise<void> {
    await this.#services.store.retain(name)
  }

  async list(): Promise<string[]> {
    return this.#services.store.list()
  }

  /** All of them from one process, and so from one moment; isomorphic-git would open a file for each. */
  async branches(name: string): Promise<Branch[]> {
    const { git, store } = this.#services
    if (!(await store.has(name))) return []
    const refs = await readRefs(git, store.path(name), {}, HEADS)
    return [...refs].map(([ref, oid]) => ({ name: ref.slice(HEADS.length), oid }))
  }

  async log(name: string, ref: string, options: { readonly limit?: number } = {}): Promise<Commit[]> {
    const depth = Math.min(options.limit ?? DEFAULT_LOG, MAX_LOG)
    const commits = await this.#read(name, ref, '', (git, at) => git.log({ ...at, ref: at.oid, depth }))
    return commits.map(({ oid, commit }) => ({
      oid,
      parents: commit.parent,
      author: { name: commit.author.name, email: commit.author.email },
      timestamp: commit.author.timestamp,
      message: commit.message,
    }))
  }

  async readFile(name: string, ref: string, path: string): Promise<Uint8Array> {
    const { blob } = await this.#read(name, ref, path, (git, at) => git.readBlob({ ...at, filepath: path }))
    return blob
  }

  async readTree(name: string, ref: string, path: string): Promise<TreeEntry[]> {
    const filepath = path === '' ? {} : { filepath: path }
    const { tree } = await this.#read(name, ref, path, (git, at) => git.readTree({ ...at, ...filepath }))
    return tree.map((entry) => ({ name: entry.path, type: entryType(entry.mode), oid: entry.oid }))
  }

  async commit(name: string, change: Change): Promise<{ readonly oid: string }> {
    const { store } = this.#services
    const signal = change.signal ?? new AbortController().signal
    signal.throwIfAborted()
    const gitdir = await store.existing(name)
    if (!isBranchName(change.branch)) {
      throw coreError('WS_PUSH_REF', `${JSON.stringify(change.branch.slice(0, 200))} is not a branch name`)
    }
    const head = await this.#head(gitdir, change.branch)
    if (change.parent !== undefined && change.parent !== head) throw stale(change.branch)
    const quarantine = await QuarantineFolder.create(gitdir)
    try {
      const oid = await this.#write(gitdir, quarantine.gitdir, head, change)
      if (oid === undefined && head !== undefined) return { oid: head }
      if (oid === undefined) throw coreError('WS_INVALID', 'a first commit needs at least one file')
      await this.#accept(name, gitdir, quarantine, { head, oid, signal }, change)
      return { oid }
    } finally {
      await quarantine.remove()
    }
  }

  /** Writes the objects of the new commit. Undefined if its tree would be the parent's: there is nothing to commit. */
  async #write(gitdir: string, target: string, head: string | undefined, change: Change): Promise<string | undefined> {
    const git = await loadGit()
    const parent = head === undefined ? undefined : await git.readCommit({ fs, gitdir, oid: head })
    const tree = await writeTree({ git, from: gitdir, to: target }, parent?.commit.tree, change.files)
    if (tree === parent?.commit.tree || (tree === undefined && parent === undefined)) return undefined
    const who = { ...change.author, timestamp: Math.floor(this.#services.clock.now() / 1000), timezoneOffset: 0 }
    const message = change.message.endsWith('\n') ? change.message : `${change.message}\n`
    return git.writeCommit({
      fs,
      gitdir: target,
      commit: {
        tree: tree ?? (await git.writeTree({ fs, gitdir: target, tree: [] })),
        parent: head === undefined ? [] : [head],
        author: who,
        committer: who,
        message,
      },
    })
  }

  /** The same way as a push: the rules first, then the objects and the ref, then the news. */
  async #accept(
    name: string,
    gitdir: string,
    quarantine: QuarantineFolder,
    { head, oid, signal }: { readonly head: string | undefined; readonly oid: string; readonly signal: AbortSignal },
    change: Change,
  ): Promise<void> {
    const { git, maintenance, newId, receiver } = this.#services
    const update: RefUpdate = {
      ref: `${HEADS}${change.branch}`,
      new: oid,
      ...(head === undefined ? {} : { old: head }),
    }
    const pushed = new QuarantinedRepository(git, gitdir, quarantine, signal)
    const io = { signal, log: change.log ?? (() => undefined) }
    const push = {
      id: newId(),
      webspace: name,
      pusher: `${change.author.name} <${change.author.email}>`,
      source: 'api' as const,
      updates: [update],
      options: [],
      repository: pushed,
    }
    const receipt = await receiver()
      .receive(push, io)
      .finally(() => pushed.close())
    try {
      signal.throwIfAborted()
      await quarantine.release()
      await this.#moveRef(gitdir, update, change.branch)
    } catch (error) {
      await receipt.abandon()
      throw error
    }
    await receipt.settle(io)
    maintenance.schedule(gitdir)
  }

  /** Compare and swap: whoever moved the branch since wins. */
  async #moveRef(gitdir: string, { ref, old, new: oid }: RefUpdate, branch: string): Promise<void> {
    const none = '0'.repeat(40)
    const { git } = this.#services
    const { code, stderr } = await git.run(['--git-dir', gitdir, 'update-ref', ref, oid ?? none, old ?? none])
    if (code !== 0) throw stale(branch, stderr)
  }

  async #head(gitdir: string, branch: string): Promise<string | undefined> {
    const refs = await readRefs(this.#services.git, gitdir, {}, `${HEADS}${branch}`)
    return refs.get(`${HEADS}${branch}`)
  }

  /** Reads at a branch or commit, and makes whatever is not there WS_NOT_FOUND. */
  async #read<T>(
    name: string,
    ref: string,
    path: string,
    read: (git: IsomorphicGit, at: { fs: typeof fs; gitdir: string; oid: string; cache: object }) => Promise<T>,
  ): Promise<T> {
    const gitdir = await this.#services.store.existing(name)
    const git = await loadGit()
    const oid = (isBranchName(ref) ? await this.#head(gitdir, ref) : undefined) ?? (isOid(ref) ? ref : undefined)
    const missing = (): Error =>
      coreError(
        'WS_NOT_FOUND',
        `repository ${name} has no ${JSON.stringify(path.slice(0, 200))} at ${JSON.stringify(ref.slice(0, 200))}`,
      )
    if (oid === undefined) throw missing()
    try {
      // A cache for each call: packs are read whole, and must not stay in memory.
      return await retryDuringRepack(this.#services.clock, () => read(git, { fs, gitdir, oid, cache: {} }))
    } catch (error) {
      if (isMissing(error)) throw missing()
      throw error
    }
  }
}

function isOid(ref: string): boolean {
  return /^[0-9a-f]{40}$/.test(ref)
}

function stale(branch: string, cause?: string): Error {
  return coreError('WS_PUSH_STALE', `branch ${branch} is no longer where this change was made`, { cause })
}

import * as fs from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type Clock, coreError, isResourceName, type Logger, type RepositoryOwner } from '@webspaces/core'
import { writeHooks } from './hook-scripts.ts'
import { loadGit } from './isomorphic.ts'
import { sweepRepository } from './quarantine.ts'
import { forgetOwner, isAnother, readOwner, replaceFile, writeOwner } from './repository-owner.ts'

const SUFFIX = '.git'
const DELETED = '.deleted-'
const RETAINED = '.retained'
/** Repositories that are swept at one time. */
const SWEEPERS = 8

/**
 * What git archives is what was pushed, byte for byte: attributes that would leave files out, fill in placeholders or
 * convert line ends are switched off. This file takes precedence over every .gitattributes.
 */
const ATTRIBUTES = '* -export-ignore -export-subst -text -ident -filter !eol !working-tree-encoding\n'

export interface RepositoryStoreServices {
  readonly clock: Pick<Clock, 'now'>
  readonly logger: Pick<Logger, 'warn'>
}

/**
 * The folder of repositories: `<name>.git` for each Webspace, the hooks of all of them, and in `.retained` what deleted
 * Webspaces have left to the administrator.
 */
export class RepositoryStore {
  readonly #folder: string
  readonly #services: RepositoryStoreServices
  /** By path, what was asked for last and has not ended. */
  readonly #turns = new Map<string, Promise<unknown>>()
  #deletions = 0

  constructor(folder: string, services: RepositoryStoreServices) {
    this.#folder = resolve(folder)
    this.#services = services
  }

  get hooksFolder(): string {
    return join(this.#folder, '.hooks')
  }

  /** Makes the folder fit for use, and clears what a killed process left in it. @throws the signal's reason */
  async prepare(signal?: AbortSignal): Promise<void> {
    await mkdir(this.#folder, { recursive: true })
    await writeHooks(this.hooksFolder)
    for (const entry of await readdir(this.#folder)) {
      if (entry.startsWith(DELETED)) await rm(join(this.#folder, entry), { recursive: true, force: true })
    }
    const waiting = (await this.list()).values()
    const sweeper = async (): Promise<void> => {
      for (const name of waiting) {
        signal?.throwIfAborted()
        await sweepRepository(this.path(name))
      }
    }
    await Promise.all(Array.from({ length: SWEEPERS }, sweeper))
  }

  /** Where the repository of a Webspace is or would be. @throws WS_NOT_FOUND for what is not a resource name */
  path(name: string): string {
    if (!isResourceName(name)) throw notFound(name)
    return join(this.#folder, `${name}${SUFFIX}`)
  }

  async has(name: string): Promise<boolean> {
    return isResourceName(name) && (await headOf(this.path(name))) !== undefined
  }

  /** The path of a repository that is there. @throws WS_NOT_FOUND */
  async existing(name: string): Promise<string> {
    const path = this.path(name)
    if ((await headOf(path)) === undefined) throw notFound(name)
    return path
  }

  async list(): Promise<string[]> {
    const entries = await readdir(this.#folder).catch(() => [])
    return entries
      .filter((entry) => entry.endsWith(SUFFIX))
      .map((entry) => entry.slice(0, -SUFFIX.length))
      .filter((name) => isResourceName(name))
      .sort()
  }

  /** The path of the repository, made if there is none; HEAD points at the branch. For the owner see the contract. */
  async ensure(name: string, defaultBranch: string, owner?: RepositoryOwner): Promise<string> {
    const path = this.path(name)
    return this.#inTurn(path, async () => {
      const former = owner && (await readOwner(path))
      if (owner && former && isAnother(former, owner)) await this.#leaveAside(name, former)
      const head = `ref: refs/heads/${defaultBranch}\n`
      const present = await headOf(path)
      if (present === undefined) {
        await create(path, defaultBranch, owner)
        return path
      }
      if (present !== head) await replaceFile(join(path, 'HEAD'), head)
      if (owner && (former?.uid !== owner.uid || former.customer !== owner.customer)) await writeOwner(path, owner)
      return path
    })
  }

  /** The repository is gone in one step; its files follow. */
  async delete(name: string): Promise<void> {
    const path = this.path(name)
    this.#deletions += 1
    const trash = join(this.#folder, `${DELETED}${name}-${process.pid}-${this.#deletions}`)
    const moved = await this.#inTurn(path, () => moveAside(path, trash))
    if (moved) await rm(trash, { recursive: true, force: true, maxRetries: 5 })
  }

  /**
   * Moves the repository to `.retained/<name>-<time>.git`, where nothing here ever looks.
   * @throws ENOTEMPTY if one of this name was moved there within the same second
   */
  async retain(name: string): Promise<void> {
    await this.#inTurn(this.path(name), () => this.#retain(name))
  }

  /** What somebody has pushed is never removed because of what became of the name. */
  async #leaveAside(name: string, { customer }: RepositoryOwner): Promise<void> {
    const retained = await this.#retain(name)
    this.#services.logger.warn('repository of another customer moved aside', { webspace: name, customer, retained })
  }

  /** @returns where it is now, seen from the folder */
  async #retain(name: string): Promise<string> {
    const retained = join(RETAINED, `${name}-${compactTime(this.#services.clock.now())}${SUFFIX}`)
    const to = join(this.#folder, retained)
    await mkdir(join(this.#folder, RETAINED), { recursive: true })
    // Whoever puts it back decides whose it is. Forgotten when it is out of its place: there the next one would get it.
    if (await moveAside(this.path(name), to)) await forgetOwner(to)
    return retained
  }

  /**
   * One thing at a time for each repository, in the order in which they were asked for: a command that was let in
   * before its Webspace went neither makes a repository after that, nor moves aside what is the next one's by then.
   */
  async #inTurn<T>(path: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(path) ?? Promise.resolve()).then(work)
    // Whoever asked is told of a failure, and the next one's turn comes all the same.
    const over = turn.catch(() => undefined)
    this.#turns.set(path, over)
    try {
      return await turn
    } finally {
      if (this.#turns.get(path) === over) this.#turns.delete(path)
    }
  }
}

/** Built beside its place and moved there, so that half a repository is never seen. */
async function create(path: string, defaultBranch: string, owner: RepositoryOwner | undefined): Promise<void> {
  const git = await loadGit()
  const temporary = `${path}.${process.pid}.tmp`
  await rm(temporary, { recursive: true, force: true })
  await git.init({ fs, gitdir: temporary, bare: true, defaultBranch })
  // isomorphic-git writes what suits a checkout on Windows.
  await git.setConfig({ fs, gitdir: temporary, path: 'core.ignorecase', value: false })
  await mkdir(join(temporary, 'info'), { recursive: true })
  await writeFile(join(temporary, 'info', 'attributes'), ATTRIBUTES)
  if (owner) await writeOwner(temporary, owner)
  await rename(temporary, path)
}

/** @returns whether there was anything to move */
async function moveAside(path: string, to: string): Promise<boolean> {
  try {
    await rename(path, to)
    return true
  } catch (error) {
    // What is said to be missing may also be the folder that it goes to.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && !fs.existsSync(path)) return false
    throw error
  }
}

/** `20260131T235959Z`: ISO 8601 without what file systems and shells take for something else. */
function compactTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/[-:]|\.\d+/g, '')
}

async function headOf(path: string): Promise<string | undefined> {
  return readFile(join(path, 'HEAD'), 'utf8').catch(() => undefined)
}

function notFound(name: string): Error {
  return coreError('WS_NOT_FOUND', `there is no repository ${JSON.stringify(name.slice(0, 80))}`)
}

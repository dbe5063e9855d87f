import * as fs from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { coreError, isResourceName } from '@webspaces/core'
import { writeHooks } from './hook-scripts.ts'
import { loadGit } from './isomorphic.ts'
import { sweepRepository } from './quarantine.ts'

const SUFFIX = '.git'
const DELETED = '.deleted-'
const RETAINED = '.retained'

/**
 * What git archives is what was pushed, byte for byte: attributes that would leave files out, fill in placeholders or
 * convert line ends are switched off. This file takes precedence over every .gitattributes.
 */
const ATTRIBUTES = '* -export-ignore -export-subst -text -ident -filter !eol !working-tree-encoding\n'

/**
 * The folder of repositories: `<name>.git` for each Webspace, the hooks of all of them, and in `.retained` what deleted
 * Webspaces have left to the administrator.
 */
export class RepositoryStore {
  readonly #folder: string
  /** Repositories that are being made now. */
  readonly #making = new Map<string, Promise<void>>()
  #deletions = 0

  constructor(folder: string) {
    this.#folder = resolve(folder)
  }

  get hooksFolder(): string {
    return join(this.#folder, '.hooks')
  }

  /** Makes the folder fit for use, and clears what a killed process left in it. */
  async prepare(): Promise<void> {
    await mkdir(this.#folder, { recursive: true })
    await writeHooks(this.hooksFolder)
    for (const entry of await readdir(this.#folder)) {
      if (entry.startsWith(DELETED)) await rm(join(this.#folder, entry), { recursive: true, force: true })
    }
    for (const name of await this.list()) await sweepRepository(this.path(name))
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

  /** The path of the repository, made if there is none; HEAD points at the branch. */
  async ensure(name: string, defaultBranch: string): Promise<string> {
    const path = this.path(name)
    const head = `ref: refs/heads/${defaultBranch}\n`
    const present = await headOf(path)
    if (present === head) return path
    if (present === undefined) await this.#make(path, defaultBranch)
    else await replaceFile(join(path, 'HEAD'), head)
    return path
  }

  /** The repository is gone in one step; its files follow. */
  async delete(name: string): Promise<void> {
    const path = this.path(name)
    this.#deletions += 1
    const trash = join(this.#folder, `${DELETED}${name}-${process.pid}-${this.#deletions}`)
    if (await moveAside(path, trash)) await rm(trash, { recursive: true, force: true, maxRetries: 5 })
  }

  /**
   * Moves the repository to `.retained/<name>-<time>.git`, where nothing here ever looks.
   * @param now milliseconds since the epoch
   * @throws ENOTEMPTY if one of this name was moved there within the same second
   */
  async retain(name: string, now: number): Promise<void> {
    const path = this.path(name)
    const folder = join(this.#folder, RETAINED)
    await mkdir(folder, { recursive: true })
    await moveAside(path, join(folder, `${name}-${compactTime(now)}${SUFFIX}`))
  }

  async #make(path: string, defaultBranch: string): Promise<void> {
    const making = this.#making.get(path) ?? create(path, defaultBranch)
    this.#making.set(path, making)
    try {
      await making
    } finally {
      this.#making.delete(path)
    }
  }
}

/** Built beside its place and moved there, so that half a repository is never seen. */
async function create(path: string, defaultBranch: string): Promise<void> {
  const git = await loadGit()
  const temporary = `${path}.${process.pid}.tmp`
  await rm(temporary, { recursive: true, force: true })
  await git.init({ fs, gitdir: temporary, bare: true, defaultBranch })
  // isomorphic-git writes what suits a checkout on Windows.
  await git.setConfig({ fs, gitdir: temporary, path: 'core.ignorecase', value: false })
  await mkdir(join(temporary, 'info'), { recursive: true })
  await writeFile(join(temporary, 'info', 'attributes'), ATTRIBUTES)
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

async function replaceFile(file: string, content: string): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`
  await writeFile(temporary, content)
  await rename(temporary, file)
}

function notFound(name: string): Error {
  return coreError('WS_NOT_FOUND', `there is no repository ${JSON.stringify(name.slice(0, 80))}`)
}

import { mkdirSync, readFileSync, readlinkSync, symlinkSync, unlinkSync } from 'node:fs'
import { dirname } from 'node:path'
import { coreError, type Clock } from '@webspaces/core'
import { isCode } from './errno.ts'

const PATIENCE_MS = 10_000
const LONGEST_PAUSE_MS = 20
const MAX_STALE_GUARDS = 5

/**
 * A lock between processes: a symbolic link whose target says who holds it. A link is made with its target in one
 * step, or not at all if there is one, so there is never a lock without an owner; nothing is ever written through it.
 */
export class FolderLock {
  readonly #path: string
  readonly #clock: Clock
  readonly #self = `${process.pid}@${startTimeOf(process.pid) ?? ''}`

  constructor(path: string, clock: Clock) {
    this.#path = path
    this.#clock = clock
  }

  /**
   * Runs the work while nobody else does. Not reentrant, and for one caller at a time in this process.
   * @throws WS_UNAVAILABLE if another process keeps the lock too long.
   */
  async hold<R>(work: () => Promise<R>): Promise<R> {
    await this.#acquire()
    try {
      return await work()
    } finally {
      if (ownerOf(this.#path) === this.#self) unlinkIfThere(this.#path)
    }
  }

  async #acquire(): Promise<void> {
    const deadline = this.#clock.now() + PATIENCE_MS
    for (let pause = 1; !this.#take(this.#path); pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      const owner = ownerOf(this.#path)
      if (owner === undefined) continue
      if (isDead(owner)) {
        this.#breakStale(this.#path)
        continue
      }
      if (this.#clock.now() > deadline) throw heldTooLong(this.#path, owner)
      await this.#clock.sleep(pause)
    }
  }

  #take(path: string): boolean {
    try {
      symlinkSync(this.#self, path)
      return true
    } catch (error) {
      if (isCode(error, 'EEXIST')) return false
      if (!isCode(error, 'ENOENT')) throw error
      mkdirSync(dirname(path), { recursive: true })
      return false
    }
  }

  /**
   * Removes the lock of a dead process under a lock of its own: of two processes that both saw it stale, the second
   * would otherwise remove the lock that the first has taken since. Whoever dies in here leaves a stale lock of the
   * same kind, and is treated alike.
   */
  #breakStale(path: string, depth = 0): void {
    const guard = `${path}.break`
    if (!this.#take(guard)) {
      const owner = ownerOf(guard)
      if (owner !== undefined && isDead(owner) && depth < MAX_STALE_GUARDS) this.#breakStale(guard, depth + 1)
      return
    }
    const owner = ownerOf(path)
    if (owner !== undefined && isDead(owner)) unlinkIfThere(path)
    unlinkIfThere(guard)
  }
}

function ownerOf(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined
    // Not a link: somebody put a file there. It never goes by itself.
    if (isCode(error, 'EINVAL')) return 'unknown'
    throw error
  }
}

function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error
  }
}

/** A process id alone does not tell: it may belong to another process by now, or to a zombie. */
function isDead(owner: string): boolean {
  const match = /^([1-9][0-9]{0,9})@([0-9]*)$/.exec(owner)
  if (match === null) return false
  const pid = Number(match[1])
  try {
    process.kill(pid, 0)
  } catch (error) {
    return isCode(error, 'ESRCH')
  }
  return match[2] !== '' && startTimeOf(pid) !== match[2]
}

/** In clock ticks since boot, proc(5); undefined for a process that has ended, and where there is no /proc. */
function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is the program's name in brackets and may hold anything; the third is the state.
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return state === 'Z' || state === 'X' ? undefined : fields[18]
  } catch {
    return undefined
  }
}

function heldTooLong(path: string, owner: string): Error {
  const holder = owner.split('@')[0] ?? ''
  return coreError(
    'WS_UNAVAILABLE',
    `the resources are locked by process ${holder} for more than ${PATIENCE_MS / 1000} s`,
    {
      remedy: `See what process ${holder} does; if it is not one of Webspaces, remove ${path}`,
      details: { path, owner },
    },
  )
}

import { readFileSync, rmSync } from 'node:fs'
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '@webspaces/core'
import { operatorError } from '../../errors.ts'
import { startOf } from './process-identity.ts'

const LOCK = 'platform.lock'
const CLAIM = /^platform\.lock\.([0-9]+)\.(.+)$/
const ATTEMPTS = 50

/** Who holds a folder, or wants to. */
interface Holder {
  readonly pid: number
  /** See {@link startOf}. */
  readonly start: string
}

export interface FolderLock {
  /** Lets go of the folder. Synchronous, so that it works in the last moment of a process too. */
  release(): void
}

/**
 * Takes exclusive hold of a platform's folder. What a killed process left is taken over at once.
 *
 * A stale lock cannot simply be removed and made anew: of two processes that see it, the slower would remove the
 * faster one's fresh lock. So whoever wants the folder first makes a claim, a file of its own, and only then looks for
 * claims of others. Of two that are there at one time, at least the later sees the other and steps back. Who sees none
 * is alone for as long as its claim is there, and turns it into the lock by a rename.
 *
 * @throws WS_FOLDER_HELD with the pid of the holder
 */
export async function lockFolder(dir: string, clock: Clock): Promise<FolderLock> {
  const self: Holder = { pid: process.pid, start: (await startOf(process.pid)) ?? '' }
  // The name says whose claim it is, so that a claim is never seen half written.
  const claim = join(dir, `${LOCK}.${self.pid}.${encodeURIComponent(self.start)}`)
  for (let attempt = 1; ; attempt++) {
    await writeFile(claim, JSON.stringify(self), { mode: 0o600 })
    try {
      // In this order: a rival that has just turned its claim into the lock must be seen as one or the other.
      const rival = await liveClaim(dir, self)
      const holder = await liveHolder(dir)
      if (holder !== undefined || attempt === ATTEMPTS) throw held(dir, holder ?? rival)
      if (rival === undefined) {
        await rename(claim, join(dir, LOCK))
        return { release: () => releaseLock(dir, self) }
      }
    } finally {
      await rm(claim, { force: true })
    }
    await clock.sleep(10 + Math.random() * 40)
  }
}

/** The pid of the platform that runs on a folder, if one does. */
export async function holderOf(dir: string): Promise<number | undefined> {
  return (await liveHolder(dir))?.pid
}

async function liveHolder(dir: string): Promise<Holder | undefined> {
  const holder = parseHolder(await readFile(join(dir, LOCK), 'utf8').catch(() => ''))
  return holder !== undefined && (await isAlive(holder)) ? holder : undefined
}

/** The claim of another living process; those of dead ones are swept away. */
async function liveClaim(dir: string, self: Holder): Promise<Holder | undefined> {
  for (const name of await readdir(dir)) {
    const [, pid, start] = CLAIM.exec(name) ?? []
    if (pid === undefined || start === undefined || Number(pid) === self.pid) continue
    const rival: Holder = { pid: Number(pid), start: decodeURIComponent(start) }
    if (await isAlive(rival)) return rival
    await rm(join(dir, name), { force: true })
  }
  return undefined
}

async function isAlive(holder: Holder): Promise<boolean> {
  return (await startOf(holder.pid)) === holder.start
}

function parseHolder(text: string): Holder | undefined {
  try {
    const { pid, start } = JSON.parse(text) as Partial<Holder>
    return typeof pid === 'number' && Number.isSafeInteger(pid) && pid > 0 && typeof start === 'string'
      ? { pid, start }
      : undefined
  } catch {
    return undefined
  }
}

/** Only our own: somebody may have removed the file by hand, and another platform may have started since. */
function releaseLock(dir: string, self: Holder): void {
  const path = join(dir, LOCK)
  try {
    const holder = parseHolder(readFileSync(path, 'utf8'))
    if (holder?.pid === self.pid && holder.start === self.start) rmSync(path, { force: true })
  } catch {
    // Gone already, and so is the hold.
  }
}

function held(dir: string, holder: Holder | undefined): Error {
  return operatorError('WS_FOLDER_HELD', `${dir} is held by the platform with pid ${holder?.pid ?? 'unknown'}`)
}

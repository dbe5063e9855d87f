import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { lstat, mkdir, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Step } from '@webspaces/core'
import { folderBytes } from '../images/folder-size.ts'
import { copyFolder } from './copy-folder.ts'

/** Bytes of all kept folders together; the ones not used for longest go first. */
const MAX_BYTES = 4 * 1024 ** 3

type CachedStep = Step & { readonly cache: NonNullable<Step['cache']> }

/** Only steps that say what decides their outcome can be skipped. */
export function isCached(step: Step): step is CachedStep {
  return step.cache !== undefined
}

/**
 * The folders that steps made, by what decided their outcome: `DIR/cache/steps/<key>/{folder/,entry.json}`. A step
 * that made no folder has an entry without one.
 *
 * What is handed out and kept are copies, so that neither a later step nor a running site can change an entry.
 * Losing an entry at any time costs only the time to run the step again.
 */
export class StepCache {
  readonly #dir: string

  constructor(dir: string) {
    this.#dir = join(dir, 'cache', 'steps')
  }

  /**
   * The key of a step in the tree at `app`, or undefined if its folder is part of the push and so not the step's alone.
   * `context` is all else that decides the outcome: programs, environment, whose build it is.
   */
  async key(step: CachedStep, app: string, context: readonly string[]): Promise<string | undefined> {
    if (await exists(join(app, step.cache.folder))) return undefined
    const hash = createHash('sha256').update(JSON.stringify([context, step.run, step.cache.folder]))
    for (const input of step.cache.inputs) {
      const content = await contentHash(join(app, input))
      if (content === undefined) return undefined
      hash.update(`\0${input}\0${content}`)
    }
    return hash.digest('hex')
  }

  /** Puts the kept folder in its place. False if there is none. */
  async restore(key: string, step: CachedStep, app: string, signal: AbortSignal): Promise<boolean> {
    const entry = join(this.#dir, key)
    if (!(await exists(join(entry, 'entry.json')))) return false
    const target = join(app, step.cache.folder)
    try {
      if (await exists(join(entry, 'folder'))) {
        await mkdir(dirname(target), { recursive: true })
        await copyFolder(join(entry, 'folder'), target, signal)
      }
      await utimes(entry, new Date(), new Date())
      return true
    } catch {
      // Evicted while it was being copied, or the disk is full: run the step in a clean place.
      signal.throwIfAborted()
      await rm(target, { recursive: true, force: true })
      return false
    }
  }

  /** Keeps what the step made. `scratch` is an empty place on the same disk. */
  async save(key: string, step: CachedStep, app: string, scratch: string, signal: AbortSignal): Promise<void> {
    const made = join(app, step.cache.folder)
    await mkdir(scratch)
    if (await isFolder(made)) await copyFolder(made, join(scratch, 'folder'), signal)
    const bytes = await folderBytes(scratch)
    await writeFile(join(scratch, 'entry.json'), JSON.stringify({ bytes }))
    await mkdir(this.#dir, { recursive: true })
    // Another build may have kept the same outcome first; one is as good as the other.
    await rename(scratch, join(this.#dir, key)).catch(() => rm(scratch, { recursive: true, force: true }))
    await this.evict()
  }

  /** Removes the entries not used for longest until the rest fits. */
  async evict(maxBytes = MAX_BYTES): Promise<void> {
    const keys = await readdir(this.#dir).catch(() => [])
    const entries = (await Promise.all(keys.map((key) => describe(join(this.#dir, key))))).sort(
      (a, b) => b.used - a.used,
    )
    let bytes = 0
    for (const entry of entries) {
      bytes += entry.bytes
      if (bytes > maxBytes) await rm(entry.path, { recursive: true, force: true })
    }
  }
}

async function describe(
  path: string,
): Promise<{ readonly path: string; readonly used: number; readonly bytes: number }> {
  try {
    const { bytes } = JSON.parse(await readFile(join(path, 'entry.json'), 'utf8')) as { bytes: number }
    return { path, bytes, used: (await lstat(path)).mtimeMs }
  } catch {
    // Broken, or half removed when the platform was killed: the first to go.
    return { path, bytes: Number.POSITIVE_INFINITY, used: 0 }
  }
}

/** Undefined for what is no file: its content cannot be told in short. */
async function contentHash(path: string): Promise<string | undefined> {
  const hash = createHash('sha256')
  try {
    await pipeline(createReadStream(path), hash)
    return hash.digest('hex')
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'absent' : undefined
  }
}

function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}

function isFolder(path: string): Promise<boolean> {
  return lstat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}

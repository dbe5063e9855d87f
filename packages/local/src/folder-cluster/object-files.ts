import {
  closeSync,
  constants,
  fdatasync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
  type BigIntStats,
  type Dirent,
} from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { coreError, MAX_OBJECT_BYTES, type Kind, type ObjectKey } from '@webspaces/core'
import { localError } from '../errors.ts'
import { isCode } from './errno.ts'

/** Where one object belongs. */
export interface Place {
  readonly kind: Kind
  readonly key: ObjectKey
  readonly path: string
}

/** What one look into the folder of a kind found. */
export interface FolderListing {
  readonly places: Place[]
  /** Files that nothing of the kind can be in, with the reason. */
  readonly misplaced: Map<string, Error>
}

const EXTENSION = '.yaml'
const TEMPORARY = '.tmp-'
/** File systems take 255 bytes for a name. */
const MAX_NAME = 255 - EXTENSION.length
const NAME = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/

const datasync = promisify(fdatasync)

/**
 * The files below `resources/`: `<plural>/[<namespace>/]<name>.yaml`. Links are not followed, files are replaced as
 * a whole, and what begins with a dot is not looked at.
 *
 * One file is small: reading it takes microseconds, less than handing it to another thread and back. What takes
 * longer, lists of many files and waiting for the disk, does not hold up the process.
 */
export class ObjectFiles {
  readonly #root: string
  #count = 0

  constructor(root: string) {
    this.#root = root
  }

  folder({ plural }: Kind): string {
    if (!/^[a-z][-a-z0-9]{0,62}$/.test(plural)) {
      throw coreError('WS_INVALID', `${JSON.stringify(plural.slice(0, 80))} is not the plural of a kind`)
    }
    return join(this.#root, plural)
  }

  place(kind: Kind, key: ObjectKey): Place {
    if (key.name.length > MAX_NAME) {
      throw coreError('WS_INVALID', `metadata.name: must be at most ${MAX_NAME} characters`, {
        details: { fields: ['metadata.name'] },
      })
    }
    return { kind, key, path: join(this.folder(kind), key.namespace ?? '', `${key.name}${EXTENSION}`) }
  }

  /** Equal for as long as a file has not been written or replaced; undefined where there is none. */
  signature(path: string): string | undefined {
    const stat = ignoringAbsence(() => lstatSync(path, { bigint: true, throwIfNoEntry: false }))
    return stat === undefined ? undefined : signatureOf(stat)
  }

  /** @throws WS_LOCAL_FILE for what is not a readable regular file of text within the limit. */
  read(path: string): string {
    const file = openForReading(path)
    try {
      const stat = fstatSync(file)
      if (!stat.isFile()) throw localError('WS_LOCAL_FILE', 'it is not a regular file')
      if (stat.size > MAX_OBJECT_BYTES) throw localError('WS_LOCAL_FILE', `it is larger than ${MAX_OBJECT_BYTES} bytes`)
      // As much as there was: a file that grows while it is read is not read to its new end.
      const content = Buffer.alloc(stat.size)
      const length = readSync(file, content, 0, stat.size, 0)
      return new TextDecoder('utf-8', { fatal: true }).decode(content.subarray(0, length))
    } catch (cause) {
      if (cause instanceof TypeError) throw localError('WS_LOCAL_FILE', 'it is not UTF-8 text', { cause })
      throw cause
    } finally {
      closeSync(file)
    }
  }

  /** Replaces the file and returns its signature. After a kill, or a power cut, the old content is there or the new. */
  async write({ path }: Place, text: string): Promise<string> {
    const temporary = join(dirname(path), `${TEMPORARY}${process.pid}-${++this.#count}`)
    const file = openForWriting(temporary)
    try {
      writeFileSync(file, text)
      // The one step that waits for the disk.
      await datasync(file)
      const signature = signatureOf(fstatSync(file, { bigint: true }))
      renameSync(temporary, path)
      return signature
    } catch (error) {
      rmSync(temporary, { force: true })
      throw error
    } finally {
      closeSync(file)
    }
  }

  remove({ path }: Place): void {
    ignoringAbsence(() => unlinkSync(path))
  }

  /** The place that a path is, as steps from the folder of its kind; undefined if no object can be there. */
  placeOf(kind: Kind, steps: readonly string[]): Place | undefined {
    const [file = '', namespace, ...deeper] = steps.toReversed()
    const name = nameOf(file)
    if (name === undefined || deeper.length > 0 || (namespace !== undefined) !== kind.namespaced) return undefined
    return this.place(kind, namespace === undefined ? { name } : { name, namespace })
  }

  /** `onFolder` is called with each folder before it is read. */
  async list(kind: Kind, onFolder: (folder: string) => void = () => undefined): Promise<FolderListing> {
    const listing: FolderListing = { places: [], misplaced: new Map() }
    const top = this.folder(kind)
    onFolder(top)
    const entries = await entriesOf(top)
    this.#sort(kind, top, [], kind.namespaced ? entries.filter((entry) => !entry.isDirectory()) : entries, listing)
    if (!kind.namespaced) return listing
    for (const { name: namespace } of entries.filter((entry) => entry.isDirectory() && NAME.test(entry.name))) {
      const folder = join(top, namespace)
      onFolder(folder)
      this.#sort(kind, folder, [namespace], await entriesOf(folder), listing)
    }
    return listing
  }

  /** Removes what a killed process left. Only under the lock: nobody is writing then. */
  async sweep(kind: Kind): Promise<void> {
    const folders: string[] = []
    await this.list(kind, (folder) => folders.push(folder))
    for (const folder of folders) {
      const stale = (await entriesOf(folder)).filter((entry) => entry.name.startsWith(TEMPORARY))
      for (const { name } of stale) await rm(join(folder, name), { force: true })
    }
  }

  #sort(
    kind: Kind,
    folder: string,
    steps: readonly string[],
    entries: readonly Dirent[],
    listing: FolderListing,
  ): void {
    for (const { name } of entries.filter((entry) => /^[^.].*\.ya?ml$/s.test(entry.name))) {
      const place = this.placeOf(kind, [...steps, name])
      if (place !== undefined) listing.places.push(place)
      else listing.misplaced.set(join(folder, name), misplaced(kind, name))
    }
  }
}

function nameOf(file: string): string | undefined {
  const name = file.slice(0, -EXTENSION.length)
  return file.endsWith(EXTENSION) && NAME.test(name) ? name : undefined
}

function misplaced(kind: Kind, file: string): Error {
  return localError(
    'WS_LOCAL_FILE_PLACE',
    nameOf(file) === undefined
      ? `its name must be the name of an object and ${EXTENSION}`
      : `a ${kind.kind} is in a namespace: it must be in a folder of that name`,
  )
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  // Looked at before it is read: reading would follow a link.
  const stat = ignoringAbsence(() => lstatSync(folder, { throwIfNoEntry: false }))
  if (stat?.isDirectory() !== true) return []
  try {
    return await readdir(folder, { withFileTypes: true })
  } catch (error) {
    if (isCode(error, 'ENOENT')) return []
    throw error
  }
}

function openForReading(path: string): number {
  try {
    // Not blocking, so that opening a named pipe does not wait for its writer.
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (cause) {
    const problem = isCode(cause, 'ELOOP') ? 'it is a symbolic link' : 'it cannot be opened'
    throw localError('WS_LOCAL_FILE', problem, { cause })
  }
}

function openForWriting(path: string): number {
  try {
    return openSync(path, 'wx')
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error
    mkdirSync(dirname(path), { recursive: true })
    return openSync(path, 'wx')
  }
}

function ignoringAbsence<R>(call: () => R): R | undefined {
  try {
    return call()
  } catch (error) {
    if (isCode(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
}

function signatureOf({ ino, size, mtimeNs }: BigIntStats): string {
  return `${ino}-${size}-${mtimeNs}`
}

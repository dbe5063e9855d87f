import { isDeepStrictEqual } from 'node:util'
import {
  coreError,
  isAsWritten,
  isFinished,
  keyOf,
  keyString,
  kindId,
  Mutex,
  WebspacesError,
  type ChangeContext,
  type Kind,
  type KubernetesObject,
  type ObjectIndex,
  type ObjectKey,
  type ObjectStorage,
  type OwnerReference,
} from '@webspaces/core'
import { localError } from '../errors.ts'
import { adopted } from './adoption.ts'
import type { FileProblems } from './file-problems.ts'
import type { FolderLock } from './folder-lock.ts'
import type { ObjectFiles, Place } from './object-files.ts'
import { formatObject } from './object-yaml.ts'
import { parseResourceFile, type ResourceFile } from './resource-file.ts'

const MAX_OBJECTS = 100_000

export interface ObjectFolderOptions {
  readonly objects: ObjectIndex
  readonly files: ObjectFiles
  readonly lock: FolderLock
  readonly problems: FileProblems
  readonly kinds: readonly Kind[]
  readonly context: () => ChangeContext
}

/**
 * - `current`: the index has what the file has, or the file was refused and reported.
 * - `unsettled`: the file was not written by us and may still be being written; to be looked at again soon.
 */
export type Look = 'current' | 'unsettled'

/**
 * Keeps the index and the files alike, in both directions. What writes is done one after the other in this process
 * (the mutex) and over all (the lock), from what is on disk then. Reading a file and putting it into the index is one
 * step, so that nothing older can come after something newer.
 */
export class ObjectFolder implements ObjectStorage {
  /** Set while somebody tells about changes of the files, for every kind that it was called with: no read looks then. */
  follow: ((kind: Kind) => Promise<void>) | undefined
  readonly #objects: ObjectIndex
  readonly #files: ObjectFiles
  readonly #lock: FolderLock
  readonly #problems: FileProblems
  readonly #context: () => ChangeContext
  readonly #mutex = new Mutex()
  readonly #kinds: Map<string, Kind>
  /** Signatures of the files that the index is of, and of those that were refused. */
  readonly #seen = new Map<string, string>()
  readonly #unsettled = new Map<string, string>()

  constructor({ objects, files, lock, problems, kinds, context }: ObjectFolderOptions) {
    this.#objects = objects
    this.#files = files
    this.#lock = lock
    this.#problems = problems
    this.#context = context
    this.#kinds = new Map(kinds.map((kind) => [kindId(kind), kind]))
  }

  get kinds(): readonly Kind[] {
    return [...this.#kinds.values()]
  }

  exclusive<R>(work: () => Promise<R>): Promise<R> {
    return this.#mutex.run(() => withCodedErrors(() => this.#lock.hold(work)))
  }

  async beforeRead(kind: Kind, key?: ObjectKey): Promise<void> {
    const { follow } = this
    if (follow !== undefined && this.#kinds.has(kindId(kind))) return
    await withCodedErrors(async () => {
      if (follow !== undefined) await follow(kind)
      else if (key === undefined) await this.scan(kind)
      else await this.look(this.#files.place(kind, key))
    })
    // Only now: others who ask for the kind meanwhile have to wait for it too.
    this.#kinds.set(kindId(kind), kind)
  }

  async beforeChange(kind: Kind, key: ObjectKey): Promise<void> {
    const place = this.#files.place(kind, key)
    if (this.#read(place) === 'edited') await this.#adopt(place)
  }

  async write(kind: Kind, object: KubernetesObject): Promise<void> {
    const place = this.#files.place(kind, keyOf(object))
    const problem = this.#problems.get(place.path)
    if (problem !== undefined) {
      throw coreError(
        'WS_INVALID',
        `what is in ${place.path} now cannot be read and would be lost: ${problem.message}`,
        {
          remedy: 'Correct the file, or remove it.',
          cause: problem,
        },
      )
    }
    if (this.#objects.size >= MAX_OBJECTS && this.#objects.get(kind, place.key) === undefined) {
      throw coreError('WS_FORBIDDEN', `${MAX_OBJECTS} resources are as many as one folder takes`, {
        remedy: 'Delete resources that are no longer needed.',
      })
    }
    this.#seen.set(place.path, await this.#files.write(place, formatObject(object)))
  }

  remove(kind: Kind, key: ObjectKey): Promise<void> {
    const place = this.#files.place(kind, key)
    this.#files.remove(place)
    this.#forget(place)
    return Promise.resolve()
  }

  /** Takes over what is in one file. With `settle`, only once it has been the same for two looks. */
  async look(place: Place, { settle = false }: { readonly settle?: boolean } = {}): Promise<Look> {
    const found = this.#read(place, settle)
    if (found !== 'edited') return found
    await this.exclusive(async () => {
      if (this.#read(place) === 'edited') await this.#adopt(place)
    })
    return 'current'
  }

  /**
   * Takes over everything in the folder of a kind; `onFolder` is called with each folder before it is read.
   * Returns the files that have not settled.
   */
  async scan(
    kind: Kind,
    { settle = false, onFolder }: { readonly settle?: boolean; readonly onFolder?: (folder: string) => void } = {},
  ): Promise<Place[]> {
    const { places, misplaced } = await this.#files.list(kind, onFolder)
    this.#problems.setMisplaced(kind, misplaced)
    const there = new Set(places.map(({ key }) => keyString(key)))
    const gone = this.#objects
      .list(kind)
      .map(keyOf)
      .filter((key) => !there.has(keyString(key)))
    const edited: Place[] = []
    const unsettled: Place[] = []
    for (const [index, place] of [...places, ...gone.map((key) => this.#files.place(kind, key))].entries()) {
      const found = this.#read(place, settle)
      if (found === 'edited') edited.push(place)
      if (found === 'unsettled') unsettled.push(place)
      // Others get their turn.
      if (index % 50 === 49) await new Promise<void>((resolve) => setImmediate(resolve))
    }
    // Last, when all uids that are in use are known: one of these may have been copied from another object.
    for (const place of edited) await this.look(place)
    return unsettled
  }

  /** Removes what a killed writer left. */
  async sweep(): Promise<void> {
    await this.exclusive(async () => {
      for (const kind of this.#kinds.values()) await this.#files.sweep(kind)
    })
  }

  /** Looks again whether the owner is there; true too if its file is and cannot be read. */
  async ownerExists(owner: OwnerReference, namespace: string | undefined): Promise<boolean> {
    const kind = this.#kinds.get(kindId(owner))
    if (kind === undefined) return true
    const place = this.#files.place(
      kind,
      kind.namespaced ? { name: owner.name, namespace: namespace ?? '' } : { name: owner.name },
    )
    await this.look(place)
    return this.#problems.get(place.path) !== undefined || this.#objects.getByUid(owner.uid) !== undefined
  }

  /** Brings the index up to date with a file, as far as that needs no writing. */
  #read(place: Place, settle = false): Look | 'edited' {
    const signature = this.#files.signature(place.path)
    if (signature !== undefined && signature === this.#seen.get(place.path)) return 'current'
    if (signature === undefined) {
      this.#forget(place)
      this.#objects.remove(place.kind, place.key)
      return 'current'
    }
    try {
      const { content, object } = this.#content(place)
      if (isAsWritten(content)) {
        this.#accept(place, signature, object)
        return 'current'
      }
    } catch (error) {
      if (!(error instanceof WebspacesError)) throw error
      if (settle && !this.#isSettled(place, signature)) return 'unsettled'
      this.#refuse(place, signature, error)
      return 'current'
    }
    return settle && !this.#isSettled(place, signature) ? 'unsettled' : 'edited'
  }

  /** Under the lock. */
  async #adopt(place: Place): Promise<void> {
    const signature = this.#files.signature(place.path)
    if (signature === undefined) return
    const { kind, key } = place
    const isTaken = (uid: string): boolean => {
      const other = this.#objects.getByUid(uid)
      return other !== undefined && (other.kind !== kind.kind || keyString(keyOf(other)) !== keyString(key))
    }
    try {
      const { content } = this.#content(place)
      const object = adopted(kind, content, this.#objects.get(kind, key), isTaken, this.#context())
      if (isFinished(object)) {
        this.#files.remove(place)
        this.#forget(place)
        this.#objects.remove(kind, key)
      } else {
        const written = isDeepStrictEqual(content, object)
          ? signature
          : await this.#files.write(place, formatObject(object))
        this.#accept(place, written, object)
      }
    } catch (error) {
      if (!(error instanceof WebspacesError)) throw error
      this.#refuse(place, signature, error)
    }
  }

  #content(place: Place): ResourceFile {
    if (this.#objects.size >= MAX_OBJECTS && this.#objects.get(place.kind, place.key) === undefined) {
      throw localError('WS_LOCAL_FULL', `${MAX_OBJECTS} resources are as many as one folder takes`)
    }
    return parseResourceFile(place, this.#files.read(place.path))
  }

  #isSettled({ path }: Place, signature: string): boolean {
    const same = this.#unsettled.get(path) === signature
    if (same) this.#unsettled.delete(path)
    else this.#unsettled.set(path, signature)
    return same
  }

  #accept(place: Place, signature: string, object: KubernetesObject): void {
    this.#seen.set(place.path, signature)
    this.#problems.clear(place.path)
    this.#objects.set(place.kind, object)
  }

  #refuse(place: Place, signature: string, error: WebspacesError): void {
    this.#seen.set(place.path, signature)
    this.#problems.set(place.path, error)
  }

  #forget({ path }: Place): void {
    this.#seen.delete(path)
    this.#unsettled.delete(path)
    this.#problems.clear(path)
  }
}

/** A full disk, a folder that may not be written, too many open files: all that the caller can do is to try later. */
async function withCodedErrors<R>(work: () => Promise<R>): Promise<R> {
  try {
    return await work()
  } catch (cause) {
    if (!(cause instanceof Error && 'syscall' in cause)) throw cause
    throw coreError('WS_UNAVAILABLE', `the resource files cannot be used: ${cause.message}`, { cause })
  }
}

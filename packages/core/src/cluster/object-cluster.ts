import type {
  Cluster,
  DeleteOptions,
  ListOptions,
  MergePatch,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from '../contracts/cluster.ts'
import type { Clock, NewId } from '../contracts/system.ts'
import { coreError } from '../errors/catalogue.ts'
import { keyOf, keyString, type Kind, type KubernetesObject, type ObjectKey } from '../resources/object.ts'
import { admitEnvelope, isPossibleKey } from './admission.ts'
import { applied, created, deleted, isFinished, patched, statusPatched, type ChangeContext } from './changes.ts'
import { plainJson, type JsonObject } from './json.ts'
import type { ObjectIndex } from './object-index.ts'

/** Where objects are kept: all that the Clusters built on {@link ObjectCluster} differ in. */
export interface ObjectStorage {
  /** Runs one piece of work at a time, over every process that writes to this storage. */
  exclusive<R>(work: () => Promise<R>): Promise<R>
  /** Called before the index answers for an object, or for all of a kind. */
  beforeRead(kind: Kind, key?: ObjectKey): Promise<void>
  /** Called within `exclusive`: afterwards the index has the object as it is stored now. */
  beforeChange(kind: Kind, key: ObjectKey): Promise<void>
  /** All or nothing, and lasting when it resolves. */
  write(kind: Kind, object: KubernetesObject): Promise<void>
  remove(kind: Kind, key: ObjectKey): Promise<void>
}

export interface ObjectClusterOptions {
  readonly objects: ObjectIndex
  readonly storage: ObjectStorage
  readonly clock: Pick<Clock, 'now'>
  readonly newId: NewId
}

/** The Cluster contract on any storage that can write and remove one object: an index in memory answers, the rules decide. */
export class ObjectCluster implements Cluster {
  readonly #objects: ObjectIndex
  readonly #storage: ObjectStorage
  readonly #clock: Pick<Clock, 'now'>
  readonly #newId: NewId

  constructor({ objects, storage, clock, newId }: ObjectClusterOptions) {
    this.#objects = objects
    this.#storage = storage
    this.#clock = clock
    this.#newId = newId
  }

  async get<T extends KubernetesObject>(kind: Kind<T>, key: ObjectKey): Promise<T> {
    if (!isPossibleKey(kind, key)) throw notFound(kind, key)
    await this.#storage.beforeRead(kind, key)
    return this.#existing(kind, key)
  }

  async list<T extends KubernetesObject>(kind: Kind<T>, options: ListOptions = {}): Promise<T[]> {
    await this.#storage.beforeRead(kind)
    return this.#objects.list(kind, options)
  }

  async *watch<T extends KubernetesObject>(
    kind: Kind<T>,
    options: WatchOptions,
  ): AsyncGenerator<WatchEvent<T>, void, undefined> {
    await this.#storage.beforeRead(kind)
    yield* this.#objects.watch(kind, options)
  }

  // A write works on a copy of what it was given: its turn may come after the caller has gone on.

  async create<T extends KubernetesObject>(kind: Kind<T>, wanted: T, options: WriteOptions = {}): Promise<T> {
    const given = admitEnvelope(kind, wanted)
    const key = keyOf(given)
    const create = (): T => {
      const object = created(kind, given, this.#context())
      if (this.#objects.get(kind, key) === undefined) return object
      throw coreError('WS_ALREADY_EXISTS', `${describe(kind, key)} exists already`)
    }
    return this.#change(kind, key, options, create)
  }

  async apply<T extends KubernetesObject>(kind: Kind<T>, object: T, options: WriteOptions = {}): Promise<T> {
    const given = admitEnvelope(kind, object)
    const key = keyOf(given)
    return this.#change(kind, key, options, () => applied(kind, this.#objects.get(kind, key), given, this.#context()))
  }

  async patch<T extends KubernetesObject>(
    kind: Kind<T>,
    key: ObjectKey,
    patch: MergePatch,
    options: WriteOptions = {},
  ): Promise<T> {
    const given = plainJson(patch) as JsonObject
    return this.#change(kind, key, options, () => patched(kind, this.#existing(kind, key), given))
  }

  async patchStatus<T extends KubernetesObject>(
    kind: Kind<T>,
    key: ObjectKey,
    patch: MergePatch,
    options: WriteOptions = {},
  ): Promise<T> {
    const given = plainJson(patch) as JsonObject
    return this.#change(kind, key, options, () => statusPatched(kind, this.#existing(kind, key), given))
  }

  async delete(kind: Kind, key: ObjectKey, options: DeleteOptions = {}): Promise<void> {
    await this.#change(kind, key, options, () => deleted(this.#existing(kind, key), options.uid, this.#clock.now()))
  }

  #change<T extends KubernetesObject>(
    kind: Kind<T>,
    key: ObjectKey,
    { signal }: WriteOptions,
    change: () => T,
  ): Promise<T> {
    return this.#storage.exclusive(async () => {
      signal?.throwIfAborted()
      if (!isPossibleKey(kind, key)) throw notFound(kind, key)
      await this.#storage.beforeChange(kind, key)
      const before = this.#objects.get(kind, key)
      const after = change()
      if (after === before) return after
      if (isFinished(after)) {
        await this.#storage.remove(kind, key)
        this.#objects.remove(kind, key)
      } else {
        await this.#storage.write(kind, after)
        this.#objects.set(kind, after)
      }
      return after
    })
  }

  #existing<T extends KubernetesObject>(kind: Kind<T>, key: ObjectKey): T {
    const object = this.#objects.get(kind, key)
    if (object === undefined) throw notFound(kind, key)
    return object
  }

  #context(): ChangeContext {
    return { now: this.#clock.now(), newId: this.#newId }
  }
}

function notFound(kind: Kind, key: ObjectKey): Error {
  return coreError('WS_NOT_FOUND', `${describe(kind, key)} does not exist`)
}

function describe(kind: Kind, key: ObjectKey): string {
  return `${kind.kind} ${JSON.stringify(keyString(key).slice(0, 300))}`
}

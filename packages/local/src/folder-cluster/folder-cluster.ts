import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import {
  BUILT_IN_KINDS,
  coreError,
  GarbageCollector,
  hasCode,
  keyOf,
  ObjectCluster,
  ObjectIndex,
  type Clock,
  type Cluster,
  type Kind,
  type KubernetesObject,
  type Logger,
  type NewId,
  type Part,
  type WatchEvent,
  type WatchOptions,
} from '@webspaces/core'
import { FileProblems } from './file-problems.ts'
import { FolderFollower } from './folder-follower.ts'
import { FolderLock } from './folder-lock.ts'
import { ObjectFiles } from './object-files.ts'
import { ObjectFolder } from './object-folder.ts'

export interface FolderClusterOptions {
  /** The objects are in `resources/` below. */
  readonly dir: string
  readonly clock: Clock
  readonly newId: NewId
  readonly logger: Logger
  /** Kinds that are read from the start, beside our own and those of Kubernetes that we write; others when first used. */
  readonly kinds?: readonly Kind[]
}

/**
 * The Cluster of one machine: a YAML file an object, `resources/<plural>/[<namespace>/]<name>.yaml`.
 *
 * Any number of processes may write: each write is made under a lock file, from what is on disk then, and put in place
 * by a rename. One that only reads or writes now and then (`webspaces apply`) uses it as it is: it looks at the files at
 * each call. The platform starts it as a part: from then on it follows the files, answers from memory, can be
 * watched, and takes away what has lost its owners.
 *
 * Files may be written, edited and removed by hand. One that cannot be read is reported once; the last good state of
 * its object stays in effect, and no other is touched.
 */
export class FolderCluster extends ObjectCluster implements Cluster, Part {
  readonly name = 'resource files'
  readonly stage = 'store'
  readonly #folder: ObjectFolder
  readonly #follower: FolderFollower
  readonly #garbage: GarbageCollector
  readonly #problems: FileProblems
  readonly #root: string

  constructor({ dir, clock, newId, logger, kinds = [] }: FolderClusterOptions) {
    const root = join(dir, 'resources')
    const allKinds = [...BUILT_IN_KINDS, ...kinds]
    const files = new ObjectFiles(root)
    const problems = new FileProblems(dir, logger)
    const objects = new ObjectIndex((object, event) => {
      if (folder.follow !== undefined) garbage.noticed(object, event)
    }, allKinds)
    const folder = new ObjectFolder({
      objects,
      files,
      problems,
      lock: new FolderLock(join(root, '.lock'), clock),
      kinds: allKinds,
      context: () => ({ now: clock.now(), newId }),
    })
    super({ objects, storage: folder, clock, newId })
    const garbage = new GarbageCollector(objects, (kind, object) => this.#deleteOrphan(kind, object, logger))
    this.#root = root
    this.#folder = folder
    this.#problems = problems
    this.#garbage = garbage
    this.#follower = new FolderFollower({ folder, files, clock, logger, scanned: () => garbage.trigger() })
  }

  /** The files that are refused now, by path, with the reason (its `details.position` is `line:column`). */
  get problems(): ReadonlyMap<string, Error> {
    return this.#problems.all()
  }

  async start(): Promise<void> {
    try {
      await mkdir(this.#root, { recursive: true })
      await this.#folder.sweep()
      await this.#follower.start()
    } catch (cause) {
      await this.#follower.stop()
      if (hasCode(cause, 'WS_UNAVAILABLE')) throw cause
      throw coreError('WS_START_FAILED', `the resources in ${this.#root} cannot be read: ${String(cause)}`, { cause })
    }
    this.#folder.follow = (kind) => this.#follower.follow(kind)
    this.#garbage.trigger()
  }

  async stop(): Promise<void> {
    this.#folder.follow = undefined
    await this.#follower.stop()
    await this.#garbage.settled()
  }

  /** @throws WS_UNAVAILABLE where it has not been started: nobody follows the files then. */
  override async *watch<T extends KubernetesObject>(
    kind: Kind<T>,
    options: WatchOptions,
  ): AsyncGenerator<WatchEvent<T>, void, undefined> {
    if (this.#folder.follow === undefined) {
      throw coreError('WS_UNAVAILABLE', 'the resource files are not being followed', {
        remedy: 'Start the FolderCluster before it is watched.',
      })
    }
    yield* super.watch(kind, options)
  }

  async #deleteOrphan(kind: Kind, object: KubernetesObject, logger: Logger): Promise<void> {
    const { ownerReferences = [], namespace, uid } = object.metadata
    try {
      // The index may be behind another process, or not know an owner whose file cannot be read: the files decide.
      for (const owner of ownerReferences) if (await this.#folder.ownerExists(owner, namespace)) return
      await this.delete(kind, keyOf(object), uid === undefined ? {} : { uid })
    } catch (error) {
      if (hasCode(error, 'WS_NOT_FOUND', 'WS_CONFLICT')) return
      logger.error('object without owners could not be deleted', { kind: kind.kind, key: keyOf(object), error })
    }
  }
}

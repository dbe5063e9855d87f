import type { Kind, KubernetesObject } from '../resources/object.ts'
import type { ObjectIndex } from './object-index.ts'

/** Deletes one object if it still has this uid; may leave it if its owner turns out to be there after all. */
export type DeleteOrphan = (kind: Kind, object: KubernetesObject) => Promise<void>

/**
 * Takes away objects whose owners have all gone. It looks at what is, never at what happened, so that nothing is missed
 * that went while it did not run; deleting one object may make orphans of others, so it looks until there are none.
 */
export class GarbageCollector {
  readonly #objects: ObjectIndex
  readonly #deleteOrphan: DeleteOrphan
  #sweep: Promise<void> | undefined
  #again = false

  constructor(objects: ObjectIndex, deleteOrphan: DeleteOrphan) {
    this.#objects = objects
    this.#deleteOrphan = deleteOrphan
  }

  /** To be told of every change: only some can make an orphan. */
  noticed(object: KubernetesObject, event: 'set' | 'removed'): void {
    if (event === 'removed' || this.#isOrphan(object)) this.trigger()
  }

  /** Looks for orphans soon; many calls in a row are one look. */
  trigger(): void {
    this.#again = true
    this.#sweep ??= this.#run()
  }

  /** Resolves when nothing is being collected. */
  async settled(): Promise<void> {
    while (this.#sweep !== undefined) await this.#sweep
  }

  async #run(): Promise<void> {
    try {
      while (this.#again) {
        await new Promise<void>((resolve) => setImmediate(resolve))
        this.#again = false
        const orphans = [...this.#objects.everything()].filter(({ object }) => this.#isOrphan(object))
        for (const { kind, object } of orphans) await this.#deleteOrphan(kind, object)
      }
    } finally {
      this.#sweep = undefined
    }
  }

  /** An owner of a kind that is not known may be anywhere: what it owns stays. */
  #isOrphan({ metadata: { ownerReferences = [], deletionTimestamp } }: KubernetesObject): boolean {
    return (
      deletionTimestamp === undefined &&
      ownerReferences.length > 0 &&
      ownerReferences.every((owner) => this.#objects.getByUid(owner.uid) === undefined && this.#objects.knows(owner))
    )
  }
}

import type { Kind, KubernetesObject, ObjectKey } from '../resources/object.ts'

/**
 * The store of all state: Kubernetes-shaped objects, of our own kinds and of Kubernetes' own.
 *
 * Every implementer promises:
 * - What a call returned or a watch showed has been stored; it survives a kill of any process at any time.
 * - A write is all or nothing. Two writers of one object never lose each other's change silently.
 * - `metadata.uid` is new for every creation, `resourceVersion` for every change, `generation` for every change of
 *   the spec. A write that changes nothing changes none of them and wakes no watch.
 * - Deleting an object that has finalizers sets `deletionTimestamp`; it goes when the last finalizer is removed.
 *   An object goes some time after the last of its owners has gone (by uid).
 * - Returned objects are the caller's: nobody changes them later. The caller does not change them either.
 * - Our own resources are checked against their schema on every write: WS_INVALID names the field.
 *
 * All methods throw coded errors: WS_NOT_FOUND, WS_ALREADY_EXISTS, WS_CONFLICT, WS_INVALID, WS_FORBIDDEN,
 * WS_UNAVAILABLE (worth another try later).
 */
export interface Cluster {
  /** @throws WS_NOT_FOUND */
  get<T extends KubernetesObject>(kind: Kind<T>, key: ObjectKey): Promise<T>

  /** All objects of a kind, in one namespace or in all, that carry all of the given labels. Sorted by key. */
  list<T extends KubernetesObject>(kind: Kind<T>, options?: ListOptions): Promise<T[]>

  /**
   * What is there now, then `synced`, then every later change until the signal aborts (which ends the iteration
   * without an error).
   *
   * Level-triggered: changes may be folded together, but the last state of every object always comes, and so does
   * `deleted` for an object that went, also if it went while a connection was lost. An object may come again
   * unchanged. The iteration survives disconnects and restarts of the server by itself; it throws only what no
   * waiting will mend (WS_FORBIDDEN, WS_NOT_FOUND for an unknown kind).
   */
  watch<T extends KubernetesObject>(kind: Kind<T>, options: WatchOptions): AsyncIterable<WatchEvent<T>>

  /** @throws WS_ALREADY_EXISTS */
  create<T extends KubernetesObject>(kind: Kind<T>, object: T, options?: WriteOptions): Promise<T>

  /**
   * Server-side apply with one field manager: creates the object, or makes every field given here so and takes away
   * what an earlier apply gave and this one does not. Fields of others (status, finalizers, their labels) stay.
   * A `resourceVersion` in the object makes it conditional.
   * @throws WS_CONFLICT if conditional and the object has changed since.
   */
  apply<T extends KubernetesObject>(kind: Kind<T>, object: T, options?: WriteOptions): Promise<T>

  /**
   * Merge patch (RFC 7386) of everything but the status; null removes. With `metadata.resourceVersion` in the patch
   * it is conditional.
   * @throws WS_NOT_FOUND, WS_CONFLICT
   */
  patch<T extends KubernetesObject>(
    kind: Kind<T>,
    key: ObjectKey,
    patch: MergePatch,
    options?: WriteOptions,
  ): Promise<T>

  /**
   * Merge patch of the status alone; `patch` is what goes below `status`. Does not change the generation.
   * @throws WS_NOT_FOUND
   */
  patchStatus<T extends KubernetesObject>(
    kind: Kind<T>,
    key: ObjectKey,
    patch: MergePatch,
    options?: WriteOptions,
  ): Promise<T>

  /**
   * Asks for deletion. `uid` makes it conditional: another object of that name stays.
   * @throws WS_NOT_FOUND, WS_CONFLICT (another uid)
   */
  delete(kind: Kind, key: ObjectKey, options?: DeleteOptions): Promise<void>
}

export interface WriteOptions {
  /**
   * Gives the write up: it throws the signal's reason, is not tried again, and is not made at all if the signal has
   * aborted before. What was on its way may have been stored.
   */
  readonly signal?: AbortSignal | undefined
}

export interface DeleteOptions extends WriteOptions {
  readonly uid?: string | undefined
}

export type MergePatch = Readonly<Record<string, unknown>>

export interface ListOptions {
  readonly namespace?: string
  readonly labels?: Readonly<Record<string, string>>
}

export interface WatchOptions extends ListOptions {
  readonly signal: AbortSignal
}

export type WatchEvent<T extends KubernetesObject> =
  | { readonly type: 'applied'; readonly object: T }
  | { readonly type: 'deleted'; readonly object: T }
  | { readonly type: 'synced' }

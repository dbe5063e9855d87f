import { PatchStrategy } from '@kubernetes/client-node'
import {
  byKey,
  coreError,
  isPossibleKey,
  keyOf,
  MANAGER,
  type Clock,
  type Cluster,
  type Kind,
  type KubernetesObject,
  type ListOptions,
  type Logger,
  type MergePatch,
  type ObjectKey,
  type WatchEvent,
  type WatchOptions,
} from '@webspaces/core'
import type { ApiServer } from './api-server.ts'
import { received } from './incoming.ts'
import { listAll } from './list.ts'
import { forApply, forCreate, forPatch } from './outgoing.ts'
import { collectionPath, nameOf, objectPath } from './paths.ts'
import { Watcher, type WatchTimes } from './watch/watcher.ts'

export interface KubernetesClusterOptions {
  readonly server: ApiServer
  readonly clock: Clock
  readonly logger: Logger
  /** The field manager of everything that is written. */
  readonly fieldManager?: string
  readonly watchTimes?: Partial<WatchTimes>
}

/**
 * The Cluster of a Kubernetes API server, 1.20 or newer. Fields, versions, deletion and ownership are the server's own;
 * this keeps to what the contract promises beyond it: coded errors, sorted lists, watches that survive.
 */
export class KubernetesCluster implements Cluster {
  readonly #server: ApiServer
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #fieldManager: string
  readonly #watchTimes: Partial<WatchTimes>

  constructor({ server, clock, logger, fieldManager = MANAGER, watchTimes = {} }: KubernetesClusterOptions) {
    this.#server = server
    this.#clock = clock
    this.#logger = logger
    this.#fieldManager = fieldManager
    this.#watchTimes = watchTimes
  }

  async get<T extends KubernetesObject>(kind: Kind<T>, key: ObjectKey): Promise<T> {
    const object = await this.#server.request<T>({
      method: 'GET',
      path: pathOf(kind, key),
      subject: `get ${nameOf(kind, key)}`,
      repeatable: true,
    })
    return received(kind, object)
  }

  async list<T extends KubernetesObject>(kind: Kind<T>, options: ListOptions = {}): Promise<T[]> {
    const { items } = await listAll(this.#server, kind, options)
    return items.sort(byKey)
  }

  watch<T extends KubernetesObject>(
    kind: Kind<T>,
    { signal, ...selection }: WatchOptions,
  ): AsyncIterable<WatchEvent<T>> {
    const logger = this.#logger.child({ kind: kind.kind })
    return new Watcher(this.#server, kind, selection, { clock: this.#clock, logger }, this.#watchTimes).events(signal)
  }

  async create<T extends KubernetesObject>(kind: Kind<T>, object: T): Promise<T> {
    const body = forCreate(kind, object)
    const key = keyOf(object)
    const created = await this.#server.request<T>({
      method: 'POST',
      path: collectionPath(kind, key.namespace),
      query: { fieldManager: this.#fieldManager },
      body,
      subject: `create ${nameOf(kind, key)}`,
      // Sent twice, it would find what it had created itself and say that it was there before.
      repeatable: false,
    })
    return received(kind, created)
  }

  async apply<T extends KubernetesObject>(kind: Kind<T>, object: T): Promise<T> {
    const body = forApply(kind, object)
    const key = keyOf(object)
    const conditional = object.metadata.resourceVersion !== undefined
    const applied = await this.#server.request<T>({
      method: 'PATCH',
      path: objectPath(kind, key),
      query: { fieldManager: this.#fieldManager, force: true },
      body,
      contentType: PatchStrategy.ServerSideApply,
      subject: `apply ${nameOf(kind, key)}`,
      repeatable: !conditional,
    })
    return received(kind, applied)
  }

  async patch<T extends KubernetesObject>(kind: Kind<T>, key: ObjectKey, patch: MergePatch): Promise<T> {
    const path = pathOf(kind, key)
    return this.#mergePatch(kind, key, path, forPatch(kind, key.name, patch))
  }

  async patchStatus<T extends KubernetesObject>(kind: Kind<T>, key: ObjectKey, patch: MergePatch): Promise<T> {
    return this.#mergePatch(kind, key, `${pathOf(kind, key)}/status`, { status: patch })
  }

  async delete(kind: Kind, key: ObjectKey, { uid }: { readonly uid?: string } = {}): Promise<void> {
    await this.#server.request({
      method: 'DELETE',
      path: pathOf(kind, key),
      body: {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        // What it owns goes after it; what it owns does not hold it.
        propagationPolicy: 'Background',
        ...(uid === undefined ? {} : { preconditions: { uid } }),
      },
      subject: `delete ${nameOf(kind, key)}`,
      // Sent twice, it must not take away another of the same name.
      repeatable: uid !== undefined,
    })
  }

  async #mergePatch<T extends KubernetesObject>(
    kind: Kind<T>,
    key: ObjectKey,
    path: string,
    patch: MergePatch,
  ): Promise<T> {
    const { metadata } = patch as { metadata?: { resourceVersion?: unknown } }
    const patched = await this.#server.request<T>({
      method: 'PATCH',
      path,
      query: { fieldManager: this.#fieldManager },
      body: patch,
      contentType: PatchStrategy.MergePatch,
      subject: `patch ${nameOf(kind, key)}`,
      // Sent twice, a conditional one would be refused for the change that it made itself.
      repeatable: metadata?.resourceVersion === undefined,
    })
    return received(kind, patched)
  }
}

/** What no object can be called is not asked for: it might be the path of something else. */
function pathOf(kind: Kind, key: ObjectKey): string {
  if (!isPossibleKey(kind, key)) throw coreError('WS_NOT_FOUND', `${nameOf(kind, key)} does not exist`)
  return objectPath(kind, key)
}

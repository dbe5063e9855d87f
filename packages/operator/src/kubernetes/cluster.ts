import { PatchStrategy } from '@kubernetes/client-node'
import {
  byKey,
  coreError,
  isPossibleKey,
  keyOf,
  MANAGER,
  type Clock,
  type Cluster,
  type DeleteOptions,
  type Kind,
  type KubernetesObject,
  type ListOptions,
  type Logger,
  type MergePatch,
  type ObjectKey,
  type WatchEvent,
  type WatchOptions,
  type WriteOptions,
} from '@webspaces/core'
import type { ApiServer } from './api-server.ts'
import { received } from './incoming.ts'
import { listAll } from './list.ts'
import { forApply, forCreate, forPatch } from './outgoing.ts'
import { collectionPath, nameOf, objectPath } from './paths.ts'
import type { ApiRequest } from './request.ts'
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

  async create<T extends KubernetesObject>(kind: Kind<T>, object: T, { signal }: WriteOptions = {}): Promise<T> {
    const body = forCreate(kind, object)
    const key = keyOf(object)
    const request: ApiRequest = {
      method: 'POST',
      path: collectionPath(kind, key.namespace),
      query: { fieldManager: this.#fieldManager },
      body,
      subject: `create ${nameOf(kind, key)}`,
      // Sent twice, it would find what it had created itself and say that it was there before.
      repeatable: false,
    }
    return received(kind, await this.#server.request<T>(request, signal))
  }

  async apply<T extends KubernetesObject>(kind: Kind<T>, object: T, { signal }: WriteOptions = {}): Promise<T> {
    const body = forApply(kind, object)
    const key = keyOf(object)
    const conditional = object.metadata.resourceVersion !== undefined
    const request: ApiRequest = {
      method: 'PATCH',
      path: objectPath(kind, key),
      query: { fieldManager: this.#fieldManager, force: true },
      body,
      contentType: PatchStrategy.ServerSideApply,
      subject: `apply ${nameOf(kind, key)}`,
      repeatable: !conditional,
    }
    return received(kind, await this.#server.request<T>(request, signal))
  }

  async patch<T extends KubernetesObject>(
    kind: Kind<T>,
    key: ObjectKey,
    patch: MergePatch,
    options: WriteOptions = {},
  ): Promise<T> {
    return this.#mergePatch(kind, key, pathOf(kind, key), forPatch(kind, key.name, patch), options)
  }

  async patchStatus<T extends KubernetesObject>(
    kind: Kind<T>,
    key: ObjectKey,
    patch: MergePatch,
    options: WriteOptions = {},
  ): Promise<T> {
    return this.#mergePatch(kind, key, `${pathOf(kind, key)}/status`, { status: patch }, options)
  }

  async delete(kind: Kind, key: ObjectKey, { uid, signal }: DeleteOptions = {}): Promise<void> {
    const request: ApiRequest = {
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
    }
    await this.#server.request(request, signal)
  }

  async #mergePatch<T extends KubernetesObject>(
    kind: Kind<T>,
    key: ObjectKey,
    path: string,
    patch: MergePatch,
    { signal }: WriteOptions,
  ): Promise<T> {
    const { metadata } = patch as { metadata?: { resourceVersion?: unknown } }
    const request: ApiRequest = {
      method: 'PATCH',
      path,
      query: { fieldManager: this.#fieldManager },
      body: patch,
      contentType: PatchStrategy.MergePatch,
      subject: `patch ${nameOf(kind, key)}`,
      // Sent twice, a conditional one would be refused for the change that it made itself.
      repeatable: metadata?.resourceVersion === undefined,
    }
    return received(kind, await this.#server.request<T>(request, signal))
  }
}

/** What no object can be called is not asked for: it might be the path of something else. */
function pathOf(kind: Kind, key: ObjectKey): string {
  if (!isPossibleKey(kind, key)) throw coreError('WS_NOT_FOUND', `${nameOf(kind, key)} does not exist`)
  return objectPath(kind, key)
}

import { isDeepStrictEqual } from 'node:util'
import type { MergePatch } from '../contracts/cluster.ts'
import type { NewId } from '../contracts/system.ts'
import { coreError } from '../errors/catalogue.ts'
import type { Kind, KubernetesObject, ObjectMeta } from '../resources/object.ts'
import { admit, admitEnvelope } from './admission.ts'
import { deepFreeze, isJsonObject, plainJson, type JsonObject } from './json.ts'
import { applyConfiguration, releaseChangedFields } from './managed-fields.ts'
import { mergePatch } from './merge-patch.ts'
import { nextResourceVersion } from './resource-version.ts'

// What each call of the Cluster contract makes of one object. Pure; an unchanged object comes back as the very same.

export interface ChangeContext {
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly newId: NewId
}

/** A new object; what only the Cluster writes (status, uid, versions, times) is not taken from the caller. */
export function created<T extends KubernetesObject>(kind: Kind<T>, object: T, context: ChangeContext): T {
  return withIdentity(admit(kind, withoutStatus(object)), context)
}

export function applied<T extends KubernetesObject>(
  kind: Kind<T>,
  live: T | undefined,
  object: T,
  context: ChangeContext,
): T {
  const given = admitEnvelope(kind, object)
  const configuration = asJson({ ...withoutStatus(given), metadata: callersMetadata(given.metadata) })
  if (live === undefined) {
    if (given.metadata.resourceVersion !== undefined) throw conflict(given, 'it does not exist any more')
    return withIdentity(admit(kind, applyConfiguration(configuration, configuration)), context)
  }
  assertCurrent(live, given.metadata)
  return changed(kind, live, applyConfiguration(asJson(live), configuration))
}

export function patched<T extends KubernetesObject>(kind: Kind<T>, live: T, patch: MergePatch): T {
  const { status: _status, ...rest } = asJson(patch)
  const metadata = rest['metadata']
  if (isJsonObject(metadata)) assertCurrent(live, metadata)
  const next = mergePatch(asJson(live), rest) as JsonObject
  for (const field of ['name', 'namespace'] as const) {
    if ((next['metadata'] as Partial<ObjectMeta> | undefined)?.[field] !== live.metadata[field]) {
      throw coreError('WS_INVALID', `${describe(live)}: metadata.${field}: cannot be changed`, {
        details: { fields: [`metadata.${field}`] },
      })
    }
  }
  return changed(kind, live, releaseChangedFields(asJson(live), next))
}

export function statusPatched<T extends KubernetesObject>(kind: Kind<T>, live: T, patch: MergePatch): T {
  return changed(kind, live, mergePatch(asJson(live), { status: asJson(patch) }) as JsonObject)
}

/** Marked for deletion. It goes at once if it {@link isFinished}. */
export function deleted<T extends KubernetesObject>(live: T, uid: string | undefined, now: number): T {
  if (uid !== undefined && live.metadata.uid !== uid) throw conflict(live, 'another object has this name now')
  if (live.metadata.deletionTimestamp !== undefined) return live
  return withVersion({ ...live, metadata: { ...live.metadata, deletionTimestamp: timestamp(now) } }, live)
}

/** Deletion was asked for and no finalizer holds the object any more. */
export function isFinished(object: KubernetesObject): boolean {
  return object.metadata.deletionTimestamp !== undefined && (object.metadata.finalizers ?? []).length === 0
}

/** Gives an admitted object its uid and its first version. */
export function withIdentity<T extends KubernetesObject>(object: T, { now, newId }: ChangeContext): T {
  const { managedFields } = object.metadata as ManagedMeta
  const metadata: ManagedMeta = {
    ...callersMetadata(object.metadata),
    uid: newId(),
    generation: 1,
    creationTimestamp: timestamp(now),
    ...(managedFields === undefined ? {} : { managedFields }),
  }
  return withVersion({ ...object, metadata }, undefined)
}

/**
 * The next state of an object from what somebody wants it to be: checked, with what only the Cluster writes kept, the
 * generation counted on if the spec is another.
 */
export function changed<T extends KubernetesObject>(kind: Kind<T>, live: T, wanted: JsonObject): T {
  const admitted = admit(kind, wanted)
  const { managedFields } = admitted.metadata as ManagedMeta
  const { uid, resourceVersion, generation = 1, creationTimestamp, deletionTimestamp } = live.metadata
  const metadata: ManagedMeta = {
    ...callersMetadata(admitted.metadata),
    ...(uid === undefined ? {} : { uid }),
    generation,
    ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    ...(managedFields === undefined ? {} : { managedFields }),
  }
  const next: T = { ...admitted, metadata }
  if (isDeepStrictEqual(next, live)) return live
  assertNoNewFinalizers(live, next)
  const counted = isDeepStrictEqual(specOf(next), specOf(live)) ? generation : generation + 1
  return withVersion({ ...next, metadata: { ...metadata, generation: counted } }, live)
}

interface ManagedMeta extends ObjectMeta {
  readonly managedFields?: unknown
}

function withVersion<T extends KubernetesObject>(object: T, former: T | undefined): T {
  const resourceVersion = nextResourceVersion(object, former?.metadata.resourceVersion)
  return deepFreeze({ ...object, metadata: { ...object.metadata, resourceVersion } })
}

/** The part of the metadata that callers decide about. */
function callersMetadata(metadata: ObjectMeta): ObjectMeta {
  const { name, namespace, labels, annotations, ownerReferences, finalizers } = metadata
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
    ...(ownerReferences === undefined ? {} : { ownerReferences }),
    ...(finalizers === undefined ? {} : { finalizers }),
  }
}

/** Everything that says what is wanted: for most kinds `spec`, for others `data`, `rules`, … */
function specOf(object: KubernetesObject): object {
  const { metadata: _metadata, ...rest } = withoutStatus(object)
  return rest
}

function withoutStatus<T extends KubernetesObject>(object: T): T {
  const { status: _status, ...rest } = object as T & { status?: unknown }
  return rest as T
}

function assertCurrent(live: KubernetesObject, given: Partial<Record<keyof ObjectMeta, unknown>>): void {
  const { uid, resourceVersion } = live.metadata
  if (given.uid !== undefined && given.uid !== uid) throw conflict(live, 'another object has this name now')
  if (given.resourceVersion !== undefined && given.resourceVersion !== resourceVersion) {
    throw conflict(live, 'it has been changed since')
  }
}

/** As in Kubernetes: a finalizer that comes after the deletion could hold the object for ever. */
function assertNoNewFinalizers(live: KubernetesObject, next: KubernetesObject): void {
  if (live.metadata.deletionTimestamp === undefined) return
  const former = new Set(live.metadata.finalizers)
  if (next.metadata.finalizers?.some((finalizer) => !former.has(finalizer))) {
    throw coreError('WS_INVALID', `${describe(live)}: metadata.finalizers: cannot be added while it is being deleted`, {
      details: { fields: ['metadata.finalizers'] },
    })
  }
}

function conflict(object: KubernetesObject, what: string): Error {
  return coreError('WS_CONFLICT', `${describe(object)}: ${what}`)
}

function describe({ kind, metadata: { namespace, name } }: KubernetesObject): string {
  return `${kind} ${JSON.stringify(namespace === undefined ? name : `${namespace}/${name}`)}`
}

/** RFC 3339 to the second, as Kubernetes has it. */
function timestamp(now: number): string {
  return new Date(now).toISOString().replace(/\.[0-9]+Z$/, 'Z')
}

function asJson(value: unknown): JsonObject {
  return plainJson(value) as JsonObject
}

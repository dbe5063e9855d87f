import {
  admit,
  changed,
  withIdentity,
  type ChangeContext,
  type JsonObject,
  type Kind,
  type KubernetesObject,
  type ObjectMeta,
} from '@webspaces/core'

type Metadata = ObjectMeta & { readonly managedFields?: unknown }
type WithStatus = KubernetesObject & { readonly status?: unknown }

/**
 * Makes an object of what somebody wrote into a file by hand: gives it what is missing and counts its versions on.
 *
 * @param content the content of the file, whose kind and place have been checked.
 * @param last the last good state, if this process knows one.
 * @param isTaken whether another object has this uid: the file was made by copying that of another object.
 */
export function adopted(
  kind: Kind,
  content: KubernetesObject,
  last: KubernetesObject | undefined,
  isTaken: (uid: string) => boolean,
  context: ChangeContext,
): KubernetesObject {
  const written = withoutNulls(content)
  const { uid, creationTimestamp } = written.metadata
  if (last !== undefined && (uid === undefined || uid === last.metadata.uid)) {
    return changed(kind, last, completed(written, last))
  }
  if (uid !== undefined && creationTimestamp !== undefined && !isTaken(uid)) {
    // Edited while nobody was looking. What the spec was is not known: it counts as another one.
    const { apiVersion, metadata } = written
    return changed(kind, { apiVersion, kind: written.kind, metadata }, written as unknown as JsonObject)
  }
  const { status: _status, ...wanted } = written as WithStatus
  const { managedFields: _managedFields, ...metadata } = wanted.metadata as Metadata
  return withIdentity(admit(kind, { ...wanted, metadata }), context)
}

/** A manifest put in the place of a file has no status and no managed fields, and means none of them to go. */
function completed(written: WithStatus, last: WithStatus): JsonObject {
  const managedFields = (written.metadata as Metadata).managedFields ?? (last.metadata as Metadata).managedFields
  const status = written.status ?? last.status
  return {
    ...written,
    metadata: { ...written.metadata, ...(managedFields === undefined ? {} : { managedFields }) },
    ...(status === undefined ? {} : { status }),
  } as unknown as JsonObject
}

/** Manifests that programs print say `creationTimestamp: null` for what is not there. */
function withoutNulls(object: KubernetesObject): KubernetesObject {
  const given = Object.entries(object.metadata).filter(([, value]) => value !== null)
  return { ...object, metadata: Object.fromEntries(given) as unknown as ObjectMeta }
}

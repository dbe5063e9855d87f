import type { Kind, KubernetesObject, ObjectMeta } from '@webspaces/core'

/**
 * An object as the API server sent it, without `managedFields`: often half of its size, of use to the server alone, and
 * kept in memory for every object that is watched.
 *
 * It is not checked. One of ours that its schema would refuse today (it is older than the schema, or the definition in the
 * cluster is) has to be read all the same, to be shown what is wrong with it and to be deleted. Defaults are filled in
 * by the server, from the definition.
 */
export function received<T extends KubernetesObject>(kind: Kind<T>, object: T): T {
  const { managedFields: _managedFields, ...metadata } = object.metadata as ObjectMeta & { managedFields?: unknown }
  // Items of a list carry neither.
  return { ...object, apiVersion: kind.apiVersion, kind: kind.kind, metadata }
}

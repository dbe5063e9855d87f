import { hasCode, keyOf, type Cluster, type Kind, type KubernetesObject, type WriteOptions } from '@webspaces/core'

/** Deletes this very object: not another that has its name by now, and nothing where it has gone already. */
export async function deleteIfThere(
  cluster: Pick<Cluster, 'delete'>,
  kind: Kind,
  object: KubernetesObject,
  { signal }: WriteOptions,
): Promise<void> {
  const { uid, deletionTimestamp } = object.metadata
  if (deletionTimestamp !== undefined) return
  try {
    await cluster.delete(kind, keyOf(object), { uid, signal })
  } catch (error) {
    if (!hasCode(error, 'WS_NOT_FOUND')) throw error
  }
}

import { isDeepStrictEqual } from 'node:util'
import { hasCode, keyOf, type Cluster, type Kind, type MergePatch, type Resource } from '@webspaces/core'

/**
 * Makes the given fields of the status so, each as a whole, and leaves the others to whom they belong; undefined
 * removes a field. Nothing is written if all are so already: every write would wake the one who wrote.
 */
export async function patchStatusIfChanged<Status extends object>(
  cluster: Cluster,
  kind: Kind<Resource<unknown, Status>>,
  object: Resource<unknown, Status>,
  status: Partial<Status>,
): Promise<void> {
  const observed = { observedGeneration: object.metadata.generation, ...status }
  const patch = mergePatch(object.status ?? {}, { ...object.status, ...observed })
  if (patch === undefined) return
  try {
    await cluster.patchStatus(kind, keyOf(object), patch)
  } catch (error) {
    // It went in the meantime, and what its status would have been concerns nobody any more.
    if (!hasCode(error, 'WS_NOT_FOUND')) throw error
  }
}

/** What turns `from` into `to` as a merge patch (RFC 7386), or undefined if they are equal. */
export function mergePatch(from: object, to: object): MergePatch | undefined {
  const former = from as Record<string, unknown>
  const next = to as Record<string, unknown>
  const patch: Record<string, unknown> = {}
  for (const name of new Set([...Object.keys(former), ...Object.keys(next)])) {
    const [before, after] = [former[name], next[name]]
    if (isRecord(before) && isRecord(after)) {
      const inner = mergePatch(before, after)
      if (inner !== undefined) patch[name] = inner
    } else if (!isDeepStrictEqual(before, after)) {
      patch[name] = after ?? null
    }
  }
  return Object.keys(patch).length === 0 ? undefined : patch
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

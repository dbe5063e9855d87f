import { hasCode, type Cluster, type KubernetesObject, type ResourceKind } from '@webspaces/core'
import { systemClock } from '../../system/clock.ts'
import { holderOf } from '../up/folder-lock.ts'

const WAIT_MS = 5000
const LOOK_EVERY_MS = 25

export interface Written {
  readonly kind: ResourceKind
  readonly name: string
}

/**
 * Waits, while a platform runs on the folder, until it has taken notice of what was written: a push that follows at
 * once finds the new Webspace, the new key. Gives up quietly after a few seconds; what was written stays written.
 */
export async function untilObserved(cluster: Cluster, dir: string, written: readonly Written[]): Promise<void> {
  const deadline = systemClock.now() + WAIT_MS
  for (const { kind, name } of written) {
    while (!(await isObserved(cluster, kind, name))) {
      if (systemClock.now() > deadline || (await holderOf(dir)) === undefined) return
      await systemClock.sleep(LOOK_EVERY_MS)
    }
  }
}

async function isObserved(cluster: Cluster, kind: ResourceKind, name: string): Promise<boolean> {
  try {
    const { metadata, status } = (await cluster.get(kind, { name })) as KubernetesObject & {
      readonly status?: { readonly observedGeneration?: number }
    }
    return (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0)
  } catch (error) {
    if (hasCode(error, 'WS_NOT_FOUND')) return true
    throw error
  }
}

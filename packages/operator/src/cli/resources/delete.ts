import { coreError, hasCode, type Cluster, type KubernetesObject, type ResourceKind } from '@webspaces/core'
import { systemClock } from '../../system/clock.ts'
import { holderOf } from '../up/folder-lock.ts'
import { openCluster } from './folder.ts'
import { findKind, qualifiedName } from './kinds.ts'

export interface DeleteOptions {
  readonly dir: string
}

const WAIT_MS = 60_000
const LOOK_EVERY_MS = 100

/** `webspaces delete`: asks for deletion and, while the platform runs, waits until it has cleaned up. */
export async function deleteResource(kindName: string, name: string, { dir }: DeleteOptions): Promise<void> {
  const kind = findKind(kindName)
  const cluster = await openCluster(dir)
  const { uid } = (await cluster.get(kind, { name })).metadata
  await cluster.delete(kind, { name }, uid === undefined ? {} : { uid })
  process.stdout.write(`${qualifiedName(kind)} ${JSON.stringify(name)} deleted\n`)

  const deadline = systemClock.now() + WAIT_MS
  for (;;) {
    const left = await remaining(cluster, kind, name, uid)
    if (left === undefined) return
    if ((await holderOf(dir)) === undefined) {
      process.stderr.write('The platform is not running: what belongs to it is removed when it starts next.\n')
      return
    }
    if (systemClock.now() > deadline) {
      throw coreError('WS_TIMEOUT', `${qualifiedName(kind)} ${JSON.stringify(name)} was not gone within 60 s`, {
        remedy: `The platform's log says why it still waits for ${(left.metadata.finalizers ?? []).join(', ')}.`,
      })
    }
    await systemClock.sleep(LOOK_EVERY_MS)
  }
}

/** The object, unless it is gone or another one has taken its name. */
async function remaining(
  cluster: Cluster,
  kind: ResourceKind,
  name: string,
  uid: string | undefined,
): Promise<KubernetesObject | undefined> {
  try {
    const object = await cluster.get(kind, { name })
    return object.metadata.uid === uid ? object : undefined
  } catch (error) {
    if (hasCode(error, 'WS_NOT_FOUND')) return undefined
    throw error
  }
}

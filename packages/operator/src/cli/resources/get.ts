import { Release, type KubernetesObject, type ObjectMeta, type ResourceKind } from '@webspaces/core'
import { systemClock } from '../../system/clock.ts'
import { toYaml } from '../../system/yaml.ts'
import { columnsOf } from './columns.ts'
import { openCluster } from './folder.ts'
import { findKind } from './kinds.ts'
import { table } from './table.ts'

export interface GetOptions {
  readonly dir: string
  readonly output?: 'wide' | 'json' | 'yaml'
}

/** `webspaces get`: one resource, or all of a kind. */
export async function get(kindName: string, name: string | undefined, { dir, output }: GetOptions): Promise<void> {
  const kind = findKind(kindName)
  const cluster = await openCluster(dir)
  const objects = name === undefined ? inOrder(kind, await cluster.list(kind)) : [await cluster.get(kind, { name })]
  if (output === 'json' || output === 'yaml') {
    const items = objects.map(withoutManagedFields)
    const content = name === undefined ? { apiVersion: 'v1', kind: 'List', items } : items[0]
    process.stdout.write(output === 'json' ? `${JSON.stringify(content, null, 4)}\n` : toYaml([content]))
  } else if (objects.length === 0) {
    process.stderr.write('No resources found\n')
  } else {
    const columns = columnsOf(kind, output === 'wide')
    const now = systemClock.now()
    const rows = objects.map((object) => columns.map((column) => column.value(object, now)))
    process.stdout.write(
      table(
        columns.map((column) => column.header),
        rows,
      ),
    )
  }
}

/** Who set which field is for the cluster's own use; kubectl does not show it either. */
function withoutManagedFields(object: KubernetesObject): KubernetesObject {
  return { ...object, metadata: { ...object.metadata, managedFields: undefined } as ObjectMeta }
}

/** Releases by number, so that `blog-10` comes after `blog-9`; all else by name, as the cluster lists it. */
function inOrder(kind: ResourceKind, objects: readonly KubernetesObject[]): readonly KubernetesObject[] {
  if (kind.kind !== Release.kind) return objects
  return (objects as readonly Release[]).toSorted(
    (a, b) => a.spec.webspace.localeCompare(b.spec.webspace) || a.spec.number - b.spec.number,
  )
}

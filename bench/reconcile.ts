// Hundreds of Webspaces from nothing, beside a bare client that applies the same objects, as many at one time.
import { readFileSync } from 'node:fs'
import { KubeConfig, KubernetesObjectApi, PatchStrategy } from '@kubernetes/client-node'
import type { KubernetesObject } from '@webspaces/core'
import { report, tell } from './report.ts'
import { ClusterPlatform } from '../test/support/cluster-platform.ts'
import { getObject, kubectl } from '../test/support/kubectl.ts'
import { lab } from '../test/support/lab.ts'
import { Population } from '../test/support/population.ts'
import { must } from '../test/support/run.ts'

interface Lease {
  readonly spec: { readonly acquireTime: string }
}

const SIZE = { customers: 30, webspaces: 10 }
/** Times are Dates there, and text on the way. */
type PatchBody = Parameters<KubernetesObjectApi['patch']>[0]

/** As many as the operator has workers for Webspaces, which apply 30 of 31 of the objects; Customers' have their own. */
const AT_ONCE = 4

export async function benchReconcile(): Promise<void> {
  const population = await Population.create(SIZE)
  try {
    const { objects, seconds, peak } = await byOperator(population)
    const own = `${population.webspaces} Webspaces from nothing, ${objects.length} objects`
    tell(own, seconds)
    const config = new KubeConfig()
    config.loadFromFile(lab('KUBECONFIG'))
    const client = KubernetesObjectApi.makeApiClient(config)
    const bare = await byHand(objects, 'bare', (object) =>
      client.patch(object as PatchBody, undefined, undefined, 'bench', true, PatchStrategy.ServerSideApply),
    )
    tell('the same objects with client-node alone', bare)
    const kinds = new Map(objects.map(({ kind, object }) => [object.kind, kind]))
    const lean = await byHand(objects, 'lean', async (object) => {
      const kind = kinds.get(object.kind)
      if (kind !== undefined) await population.cluster.apply(kind, object)
    })
    tell('the same with our own connection alone, for information', lean)
    report(`${own}, ratio to client-node`, seconds / bare, '', 1.3)
    report(`peak RSS of the operator, ${population.webspaces} Webspaces`, peak, 'MB', 200)
  } finally {
    await population.remove()
  }
}

type Made = Awaited<ReturnType<Population['made']>>

/** From the moment when it leads. */
async function byOperator(
  population: Population,
): Promise<{ readonly objects: Made; readonly seconds: number; readonly peak: number }> {
  const operator = await ClusterPlatform.start('--roles', 'operator')
  try {
    await population.applied()
    const seconds = (Date.now() - (await leadingSince())) / 1000
    await population.reconciled()
    const peak = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${operator.pid}/status`, 'utf8'))?.[1]) / 1024
    return { objects: await population.made(), seconds, peak }
  } finally {
    await operator.remove()
  }
}

async function leadingSince(): Promise<number> {
  const { spec } = await getObject<Lease>('lease', 'webspaces-operator', '--namespace=default')
  return Date.parse(spec.acquireTime)
}

/** The same objects in namespaces of their own. Seconds. */
async function byHand(
  objects: Made,
  client: string,
  apply: (object: KubernetesObject) => Promise<unknown>,
): Promise<number> {
  const copies = objects.map(({ object }) => copyOf(object, client))
  const begin = performance.now()
  // The namespaces come first.
  const waiting = copies.values()
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const object of waiting) await apply(object)
    }),
  )
  const seconds = (performance.now() - begin) / 1000
  await must(kubectl(['delete', 'namespaces', `--selector=bench=${client}`]))
  return seconds
}

function copyOf(object: KubernetesObject, client: string): KubernetesObject {
  const { apiVersion, kind, metadata } = object
  const { name, namespace, labels = {}, annotations } = metadata
  // No platform takes it for its own.
  const { 'app.kubernetes.io/managed-by': _, ...rest } = labels
  return {
    apiVersion,
    kind,
    metadata: {
      name: namespace === undefined ? `${client}-${name}` : name,
      ...(namespace === undefined ? {} : { namespace: `${client}-${namespace}` }),
      labels: { ...rest, bench: client },
      ...(annotations === undefined ? {} : { annotations }),
    },
    ...specOf(object),
  }
}

/** Without what the cluster has given it: a Service's own address. */
function specOf(object: KubernetesObject): { readonly spec?: object } {
  if (!('spec' in object) || object.kind === 'Namespace') return {}
  const { clusterIP: _ip, clusterIPs: _ips, ...spec } = object.spec as Readonly<Record<string, unknown>>
  return { spec }
}

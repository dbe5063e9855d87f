import {
  API_VERSION,
  Customer,
  hasCode,
  RuntimeResource,
  Webspace,
  type Cluster,
  type KubernetesObject,
  type ResourceKind,
} from '@webspaces/core'
import type { Example } from './examples.ts'

export const DEMO_CUSTOMER = 'demo'

/** Makes what the demo needs and is not there. What is there may have been edited, and stays as it is. */
export async function ensureResources(
  cluster: Cluster,
  examples: readonly Example[],
  sshKeys: readonly string[],
): Promise<void> {
  await ensure(cluster, Customer, DEMO_CUSTOMER, { name: 'Demo', email: 'demo@webspaces.invalid', sshKeys })
  for (const runtime of ['node', 'php']) await ensure(cluster, RuntimeResource, runtime, { plugin: runtime })
  for (const { webspace, runtime } of examples) {
    await ensure(cluster, Webspace, webspace, { customer: DEMO_CUSTOMER, runtime })
  }
}

/** Lists a key in the demo's Customer, beside those that are there. */
export async function addKey(cluster: Cluster, publicKey: string): Promise<void> {
  const { metadata, spec } = await cluster.get(Customer, { name: DEMO_CUSTOMER })
  if (spec.sshKeys.includes(publicKey)) return
  await cluster.patch(
    Customer,
    { name: DEMO_CUSTOMER },
    { metadata: { resourceVersion: metadata.resourceVersion }, spec: { sshKeys: [...spec.sshKeys, publicKey] } },
  )
}

async function ensure<T extends KubernetesObject>(
  cluster: Cluster,
  kind: ResourceKind<T>,
  name: string,
  spec: unknown,
): Promise<void> {
  const object = kind.parse({ apiVersion: API_VERSION, kind: kind.kind, metadata: { name }, spec })
  try {
    await cluster.create(kind, object)
  } catch (error) {
    if (!hasCode(error, 'WS_ALREADY_EXISTS')) throw error
  }
}

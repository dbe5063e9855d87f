import type { ListOptions } from '../contracts/cluster.ts'
import { keyOf, keyString, type KubernetesObject } from '../resources/object.ts'

/** Whether an object is in the namespace and carries all of the labels that are asked for. */
export function isSelected(object: KubernetesObject, { namespace, labels }: ListOptions): boolean {
  if (namespace !== undefined && object.metadata.namespace !== namespace) return false
  const own = object.metadata.labels ?? {}
  return Object.entries(labels ?? {}).every(([name, value]) => Object.hasOwn(own, name) && own[name] === value)
}

/** By `namespace/name`, character by character: the order of an API server. */
export function byKey(a: KubernetesObject, b: KubernetesObject): number {
  const [left, right] = [keyString(keyOf(a)), keyString(keyOf(b))]
  return left < right ? -1 : left > right ? 1 : 0
}

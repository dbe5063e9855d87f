import type { Kind } from '../resources/object.ts'
import { RESOURCE_KINDS } from '../resources/kinds.ts'
import {
  Deployment,
  Ingress,
  KubernetesEvent,
  LimitRange,
  Namespace,
  NetworkPolicy,
  ResourceQuota,
  Service,
} from '../workload/objects.ts'

/** Every kind that Webspaces reads and writes. */
export const BUILT_IN_KINDS: readonly Kind[] = [
  ...RESOURCE_KINDS,
  Namespace,
  Deployment,
  Service,
  Ingress,
  NetworkPolicy,
  ResourceQuota,
  LimitRange,
  KubernetesEvent,
]

/** Identifies a kind; the plural is only its name in a path. */
export function kindId(kind: { readonly apiVersion: string; readonly kind: string }): string {
  return `${kind.apiVersion}/${kind.kind}`
}

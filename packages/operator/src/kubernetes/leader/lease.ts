import type { Kind, KubernetesObject } from '@webspaces/core'

/** coordination.k8s.io/v1, as client-go's leader election writes it: `kubectl get lease` shows who leads. */
export interface Lease extends KubernetesObject {
  readonly spec: {
    /** Empty: given back. */
    readonly holderIdentity?: string
    readonly leaseDurationSeconds?: number
    readonly acquireTime?: string
    readonly renewTime?: string
    /** How often it went from one holder to another. */
    readonly leaseTransitions?: number
  }
}

export const Lease: Kind<Lease> = {
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  plural: 'leases',
  shortNames: [],
  namespaced: true,
}

/** RFC 3339 with six digits of a second: what the API takes for a `MicroTime`, and nothing else. */
export function microTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('Z', '000Z')
}

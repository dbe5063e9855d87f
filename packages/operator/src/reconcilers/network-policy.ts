import { NetworkPolicy, type Customer, type IsolationSettings } from '@webspaces/core'
import { customerObjectMeta } from './customer-object.ts'

/**
 * Lets in what the settings name and pods of the same customer, and nobody else: a policy that selects all pods and
 * allows something denies everything that it does not name. What pods themselves connect to is left alone; DNS and
 * databases elsewhere go on working.
 */
export function networkPolicy(customer: Customer, { from }: IsolationSettings): NetworkPolicy {
  return {
    apiVersion: NetworkPolicy.apiVersion,
    kind: NetworkPolicy.kind,
    metadata: customerObjectMeta(customer),
    spec: {
      podSelector: {},
      policyTypes: ['Ingress'],
      ingress: [{ from: [{ podSelector: {} }, ...from] }],
    },
  }
}

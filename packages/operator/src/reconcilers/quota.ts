import { LimitRange, ResourceQuota, type Customer } from '@webspaces/core'
import { customerObjectMeta } from './customer-object.ts'

/**
 * CPU counts as requested, since what is not used is shared; memory as limited, since what is used cannot be taken back.
 * Every replica has both by the platform's defaults, without which Kubernetes would refuse it under a quota.
 */
export function resourceQuota(customer: Customer): ResourceQuota | undefined {
  const { cpu, memory, pods } = customer.spec.quota ?? {}
  const hard = {
    ...(cpu === undefined ? {} : { 'requests.cpu': cpu }),
    ...(memory === undefined ? {} : { 'limits.memory': memory }),
    ...(pods === undefined ? {} : { pods: String(pods) }),
  }
  if (Object.keys(hard).length === 0) return undefined
  return {
    apiVersion: ResourceQuota.apiVersion,
    kind: ResourceQuota.kind,
    metadata: customerObjectMeta(customer),
    spec: { hard },
  }
}

export function limitRange(customer: Customer): LimitRange | undefined {
  const { cpu, memory } = customer.spec.quota?.replica ?? {}
  const max = { ...(cpu === undefined ? {} : { cpu }), ...(memory === undefined ? {} : { memory }) }
  if (Object.keys(max).length === 0) return undefined
  return {
    apiVersion: LimitRange.apiVersion,
    kind: LimitRange.kind,
    metadata: customerObjectMeta(customer),
    spec: { limits: [{ type: 'Container', max }] },
  }
}

import { z } from 'zod'
import { amounts } from './fields.ts'
import type { Condition } from './object.ts'
import { defineResource, type Resource, type ResourceKind } from './resource.ts'

const customerSpec = z.strictObject({
  name: z.string().min(1).max(200).describe('The name of the person or organisation.'),
  email: z.email().max(254).describe('Where to reach the customer.'),
  sshKeys: z
    .array(z.string().max(16_384))
    .max(100)
    .default([])
    .describe('Public keys, one authorized_keys line each, without options.'),
  suspended: z.boolean().default(false).describe('A suspended customer can read and not push.'),
  quota: amounts
    .extend({
      pods: z
        .int()
        .min(1)
        .max(10_000)
        .optional()
        .describe('Replicas at one time; a rollout needs room for one more of each Webspace.'),
      replica: amounts.optional().describe('The most that one replica may be given.'),
    })
    .optional()
    .describe(
      'What all Webspaces of the customer may use together: cpu counts what replicas request, memory what they may take at the most.',
    ),
})

export interface CustomerStatus {
  readonly observedGeneration?: number
  readonly conditions?: readonly Condition[]
  readonly namespace?: string
  /** `SHA256:…` as `ssh-keygen -l` prints it, in the order of `spec.sshKeys`. */
  readonly keyFingerprints?: readonly string[]
}

export type CustomerSpec = z.output<typeof customerSpec>
export type Customer = Resource<CustomerSpec, CustomerStatus>
export const Customer: ResourceKind<Customer> = defineResource<typeof customerSpec, CustomerStatus>({
  kind: 'Customer',
  plural: 'customers',
  shortNames: ['cust'],
  spec: customerSpec,
})

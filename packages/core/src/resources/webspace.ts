import { z } from 'zod'
import { amounts, branchName, domainName, envVar, resourceName } from './fields.ts'
import type { Condition } from './object.ts'
import { defineResource, type Resource, type ResourceKind } from './resource.ts'

/** What becomes of a repository when its Webspace is deleted; named as for PersistentVolumes. */
export const RECLAIM_POLICIES = ['Delete', 'Retain'] as const
export type ReclaimPolicy = (typeof RECLAIM_POLICIES)[number]

const webspaceSpec = z.strictObject({
  customer: resourceName.describe('The Customer whose keys may push here.'),
  runtime: resourceName.describe('The Runtime that builds what has no Dockerfile of its own.'),
  domain: domainName.optional().describe('The host of the production branch; the platform chooses one where left out.'),
  aliases: z.array(domainName).max(20).default([]).describe('Further hosts of the production branch.'),
  replicas: z.int().min(0).max(100).default(1).describe('Replicas of the production branch; previews have one.'),
  branch: branchName.default('main').describe('The production branch.'),
  forcePush: z.boolean().default(false).describe('Allows -o force to rewrite the production branch.'),
  previews: z
    .strictObject({
      enabled: z.boolean().default(true).describe('Whether branches other than the production branch can be pushed.'),
      max: z.int().min(0).max(100).default(10).describe('How many at one time; those pushed last stay.'),
      ttl: z
        .string()
        .regex(/^[1-9][0-9]{0,5}[mhd]$/, 'must be a number with m, h or d, such as 14d')
        .optional()
        .describe('How long after its last push a preview is taken down.'),
    })
    .prefault({})
    .describe('Sites of the other branches.'),
  env: z.array(envVar).max(200).default([]).describe('Environment of the site.'),
  resources: z
    .strictObject({
      requests: amounts.optional().describe('What a replica is sure to get.'),
      limits: amounts.optional().describe('What a replica gets at the most.'),
    })
    .prefault({})
    .describe("Of one replica; the platform's defaults where left out."),
  tls: z
    .strictObject({
      secretName: z.string().max(253).optional().describe('The Secret with the certificate.'),
      issuer: z.string().max(253).optional().describe('The cert-manager ClusterIssuer that is asked for one.'),
    })
    .optional()
    .describe('How the hosts get their certificate; left out: the ingress controller decides.'),
  suspended: z.boolean().default(false).describe('Takes the site down and refuses pushes; nothing is lost.'),
  reclaimPolicy: z
    .enum(RECLAIM_POLICIES)
    .optional()
    .describe(
      "Whether the repository is deleted with the Webspace or moved aside for an administrator; the platform's where left out.",
    ),
})

/** What is at one branch now. */
export interface BranchStatus {
  readonly branch: string
  readonly slug: string
  readonly production: boolean
  readonly url: string
  /** Name of the Release that is wanted. */
  readonly release: string
  readonly commit: string
  readonly phase: 'Progressing' | 'Live' | 'Failed'
  readonly replicas: number
  readonly readyReplicas: number
  /** What the cluster said when it did not take something of this branch. */
  readonly refusal?: string
}

export interface WebspaceStatus {
  readonly observedGeneration?: number
  readonly conditions?: readonly Condition[]
  readonly cloneUrl?: string
  readonly url?: string
  readonly replicas?: number
  readonly readyReplicas?: number
  /** Label selector of the production pods, for the scale subresource. */
  readonly selector?: string
  readonly branches?: readonly BranchStatus[]
}

export type WebspaceSpec = z.output<typeof webspaceSpec>
export type Webspace = Resource<WebspaceSpec, WebspaceStatus>
export const Webspace: ResourceKind<Webspace> = defineResource<typeof webspaceSpec, WebspaceStatus>({
  kind: 'Webspace',
  plural: 'webspaces',
  shortNames: ['ws'],
  spec: webspaceSpec,
})

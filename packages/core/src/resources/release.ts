import { z } from 'zod'
import { branchName, envVar, resourceName } from './fields.ts'
import type { Condition } from './object.ts'
import { defineResource, type Resource, type ResourceKind } from './resource.ts'

const releaseSpec = z.strictObject({
  webspace: resourceName.describe('The Webspace that it is a release of.'),
  branch: branchName.describe('The branch that it was made from.'),
  number: z.int().min(1).describe('Counts the Releases of a Webspace, from 1, over all branches.'),
  commit: z
    .string()
    .regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/, 'must be a full commit id')
    .describe('The commit that it was built from.'),
  image: z
    .string()
    .max(500)
    .regex(/@sha256:[0-9a-f]{64}$/, 'must be pinned by a sha256 digest')
    .describe('The image, by digest.'),
  buildKey: z
    .string()
    .max(200)
    .describe('Digest of everything that the image was built from: equal keys, equal images.'),
  port: z.int().min(1).max(65_535).describe('The port that the image listens on (PORT).'),
  healthPath: z.string().max(500).default('/').describe('A GET of this path answers below 500 when the site is up.'),
  env: z.array(envVar).max(200).default([]).describe('Environment of the site as of this Release.'),
  source: z
    .enum(['push', 'rollback', 'config', 'api'])
    .describe('A push, a rollback, a change of spec.env, or the backend.'),
  author: z.string().max(300).describe('Whose key or which caller made it.'),
  message: z.string().max(1000).describe("First line of the commit's message."),
})

/**
 * - `Pending`: built; git has not moved the ref yet.
 * - `Accepted`: the ref moved; this is what should run.
 * - `Retired`: its branch is gone.
 */
export type ReleasePhase = 'Pending' | 'Accepted' | 'Retired'

/** How far the rollout of an accepted Release is. */
export interface Rollout {
  readonly phase: 'Progressing' | 'Live' | 'Failed' | 'Superseded'
  readonly replicas: number
  readonly readyReplicas: number
  /** Why it failed or what it waits for, for people. */
  readonly message?: string
  /** The last lines that a failing process wrote. At most 20. */
  readonly log?: readonly string[]
}

export interface ReleaseStatus {
  readonly observedGeneration?: number
  readonly conditions?: readonly Condition[]
  readonly phase?: ReleasePhase
  readonly url?: string
  readonly rollout?: Rollout
}

export type ReleaseSpec = z.output<typeof releaseSpec>
export type Release = Resource<ReleaseSpec, ReleaseStatus>

/** `<webspace>-<number>`. The last part is all digits, so no two Webspaces share a Release name. */
export function releaseName(webspace: string, number: number): string {
  return `${webspace}-${number}`
}

export const Release: ResourceKind<Release> = defineResource<typeof releaseSpec, ReleaseStatus>({
  kind: 'Release',
  plural: 'releases',
  shortNames: ['rel'],
  spec: releaseSpec,
  name: z
    .string()
    .max(60)
    .regex(/^[a-z0-9][-a-z0-9]*-[0-9]+$/, 'must be <webspace>-<number>'),
})

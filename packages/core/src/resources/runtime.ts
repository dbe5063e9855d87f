import { z } from 'zod'
import type { Condition } from './object.ts'
import { defineResource, type Resource, type ResourceKind } from './resource.ts'

const runtimeSpec = z.strictObject({
  plugin: z.string().min(1).max(100).optional().describe('The installed Runtime plugin that inspects and plans.'),
  dockerfile: z
    .string()
    .min(1)
    .max(65_536)
    .optional()
    .describe("A Dockerfile template; replaces the plugin's own. Output, if/else and for-of on a path only."),
  options: z.record(z.string().max(100), z.json()).default({}).describe('Handed to the plugin and to the template.'),
  port: z
    .int()
    .min(1)
    .max(65_535)
    .optional()
    .describe("The port that the site listens on; the plugin's where left out."),
})

export interface RuntimeStatus {
  readonly observedGeneration?: number
  readonly conditions?: readonly Condition[]
}

export type RuntimeSpec = z.output<typeof runtimeSpec>
/** The resource; a stack's code is the contract `Runtime`. */
export type RuntimeResource = Resource<RuntimeSpec, RuntimeStatus>
export const RuntimeResource: ResourceKind<RuntimeResource> = defineResource<typeof runtimeSpec, RuntimeStatus>({
  kind: 'Runtime',
  plural: 'runtimes',
  shortNames: ['rt'],
  spec: runtimeSpec,
})

import { Customer } from './customer.ts'
import { Release } from './release.ts'
import type { ResourceKind } from './resource.ts'
import { RuntimeResource } from './runtime.ts'
import { Webspace } from './webspace.ts'

/** All resources of the group `webspaces.dev`, in the order in which they refer to each other. */
export const RESOURCE_KINDS: readonly ResourceKind[] = [
  Customer,
  RuntimeResource,
  Webspace,
  Release,
] as readonly ResourceKind[]

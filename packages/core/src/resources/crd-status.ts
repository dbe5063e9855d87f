import { z } from 'zod'
import type { CustomerStatus } from './customer.ts'
import type { Condition } from './object.ts'
import type { ReleaseStatus, Rollout } from './release.ts'
import type { RuntimeStatus } from './runtime.ts'
import type { BranchStatus, WebspaceStatus } from './webspace.ts'

// What the API server and `kubectl explain` are told of each status. The compiler holds these to the types: a field
// that one has and the other has not is an error.

type Shape<T> = { readonly [Name in keyof Required<T>]: z.ZodType<T[Name]> }

function shapeOf<T extends object>(shape: Shape<T>): z.ZodType<T> {
  // What a key may be left out of follows from the shape, which the compiler cannot see through T.
  return z.object(shape) as unknown as z.ZodType<T>
}

const text = z.string()
const count = z.int().min(0)

const condition = shapeOf<Condition>({
  type: text.describe('Ready, Reconciling or Stalled.'),
  status: z.enum(['True', 'False', 'Unknown']).describe('Whether it holds.'),
  reason: text.describe('Why, in one word, for programs.'),
  message: text.describe('Why, in a sentence, for people.'),
  observedGeneration: z.int().optional().describe('The generation of the spec that it speaks of.'),
  lastTransitionTime: text.describe('When the status of the condition changed last.'),
})

const common = {
  observedGeneration: z.int().optional().describe('The generation of the spec that this status speaks of.'),
  conditions: z
    .array(condition)
    .optional()
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] })
    .describe('Ready, Reconciling and Stalled, with the reason of each.'),
}

const customer = shapeOf<CustomerStatus>({
  ...common,
  namespace: text.optional().describe('The namespace of what the Webspaces of the customer run.'),
  keyFingerprints: z.array(text).optional().describe('Fingerprints of spec.sshKeys, as ssh-keygen -l prints them.'),
})

const runtime = shapeOf<RuntimeStatus>(common)

const branch = shapeOf<BranchStatus>({
  branch: text.describe('The branch.'),
  slug: text.describe('What stands for the branch in names of hosts and objects.'),
  production: z.boolean().describe('Whether it is the production branch.'),
  url: text.describe('Where it is served.'),
  release: text.describe('The Release that is wanted.'),
  commit: text.describe('The commit of that Release.'),
  phase: z.enum(['Progressing', 'Live', 'Failed']).describe('How far its rollout is.'),
  replicas: count.describe('Wanted replicas.'),
  readyReplicas: count.describe('Replicas that answer, of whichever version.'),
  refusal: text.optional().describe('What the cluster said when it did not take something of the branch.'),
})

const webspace = shapeOf<WebspaceStatus>({
  ...common,
  cloneUrl: text.optional().describe('What git clone takes.'),
  url: text.optional().describe('Where the production branch is served.'),
  replicas: count.optional().describe('Replicas of the production branch that there are.'),
  readyReplicas: count.optional().describe('Replicas of the production branch that answer.'),
  selector: text.optional().describe('Selects the pods of the production branch.'),
  branches: z.array(branch).optional().describe('What is at each branch; production first.'),
})

const rollout = shapeOf<Rollout>({
  phase: z.enum(['Progressing', 'Live', 'Failed', 'Superseded']).describe('How far it is.'),
  replicas: count.describe('Wanted replicas.'),
  readyReplicas: count.describe('Replicas of this Release that answer.'),
  message: text.optional().describe('Why it failed, or what it waits for.'),
  log: z.array(text).optional().describe('The last lines that a failing process wrote.'),
})

const release = shapeOf<ReleaseStatus>({
  ...common,
  phase: z
    .enum(['Pending', 'Accepted', 'Retired'])
    .optional()
    .describe('Pending until git has moved the ref, Accepted from then on, Retired when the branch is gone.'),
  url: text.optional().describe('Where it is served.'),
  rollout: rollout.optional().describe('The rollout of an accepted Release.'),
})

export const STATUS_SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  Customer: customer,
  Runtime: runtime,
  Webspace: webspace,
  Release: release,
}

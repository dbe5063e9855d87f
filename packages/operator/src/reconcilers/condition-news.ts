import { ConditionType, Reason, type Condition, type KubernetesObject } from '@webspaces/core'
import type { News } from './event-recorder.ts'

type WithConditions = KubernetesObject & { readonly status?: { readonly conditions?: readonly Condition[] } }

/** What comes and goes on the way, and is no news. */
const PASSING: ReadonlySet<string> = new Set([Reason.Progressing, Reason.AwaitingPush, Reason.Deleting])

/**
 * What is new about an object for somebody who looks after it, if anything: its Ready condition has come to another
 * reason, or what has to be mended is now another thing.
 */
export function conditionNews(now: WithConditions, before: WithConditions | undefined): News | undefined {
  const [ready, former] = [conditionOf(now, ConditionType.Ready), conditionOf(before, ConditionType.Ready)]
  if (ready === undefined || PASSING.has(ready.reason)) return undefined
  const stalled = conditionOf(now, ConditionType.Stalled)?.status === 'True'
  if (former?.reason === ready.reason && (!stalled || former.message === ready.message)) return undefined
  return { type: stalled ? 'Warning' : 'Normal', reason: ready.reason, message: ready.message }
}

function conditionOf(object: WithConditions | undefined, type: string): Condition | undefined {
  return object?.status?.conditions?.find((condition) => condition.type === type)
}

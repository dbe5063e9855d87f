import { ConditionType, Reason, withCondition, type Condition, type KubernetesObject } from '@webspaces/core'

/**
 * Where an object stands, in one word and a sentence:
 * - `ready`: as its spec says.
 * - `reconciling`: on the way there, nobody need do anything.
 * - `waiting`: for something that is not a fault, such as the first push.
 * - `stalled`: somebody has to change something first.
 */
export interface Outcome {
  readonly state: 'ready' | 'reconciling' | 'waiting' | 'stalled'
  readonly reason: Reason
  readonly message: string
}

export function ready(message: string): Outcome {
  return { state: 'ready', reason: Reason.Succeeded, message }
}

export function reconciling(message: string): Outcome {
  return { state: 'reconciling', reason: Reason.Progressing, message }
}

export function waiting(reason: Reason, message: string): Outcome {
  return { state: 'waiting', reason, message }
}

export function stalled(reason: Reason, message: string): Outcome {
  return { state: 'stalled', reason, message }
}

/** The three conditions that all resources have (kstatus): always all of them, so that each can be waited for. */
export function conditionsOf(
  object: KubernetesObject & { readonly status?: { readonly conditions?: readonly Condition[] } },
  outcome: Outcome,
  now: number,
): Condition[] {
  const { state, reason, message } = outcome
  const states = {
    [ConditionType.Ready]: state === 'ready',
    [ConditionType.Reconciling]: state === 'reconciling',
    [ConditionType.Stalled]: state === 'stalled',
  }
  const { generation } = object.metadata
  let conditions = object.status?.conditions
  for (const [type, holds] of Object.entries(states)) {
    const status = holds ? 'True' : 'False'
    const observed = generation === undefined ? {} : { observedGeneration: generation }
    conditions = withCondition(conditions, { type, status, reason, message, ...observed }, new Date(now))
  }
  return [...(conditions ?? [])]
}

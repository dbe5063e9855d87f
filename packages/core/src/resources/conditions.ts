import type { Condition } from './object.ts'

/** The condition types that all four resources have (kstatus conventions). */
export const ConditionType = { Ready: 'Ready', Reconciling: 'Reconciling', Stalled: 'Stalled' } as const

/** Every reason that a condition of ours can carry. */
export const Reason = {
  Succeeded: 'Succeeded',
  Progressing: 'Progressing',
  /** Nothing has been pushed yet. */
  AwaitingPush: 'AwaitingPush',
  CustomerMissing: 'CustomerMissing',
  RuntimeMissing: 'RuntimeMissing',
  RuntimePluginMissing: 'RuntimePluginMissing',
  InvalidSpec: 'InvalidSpec',
  InvalidKey: 'InvalidKey',
  TemplateRefused: 'TemplateRefused',
  HostTaken: 'HostTaken',
  Suspended: 'Suspended',
  RolloutFailed: 'RolloutFailed',
  /** Another Release took the place of this one, or its branch is gone. */
  Superseded: 'Superseded',
  Deleting: 'Deleting',
} as const
export type Reason = (typeof Reason)[keyof typeof Reason]

/**
 * Sets one condition in a list, by type. The transition time is kept unless the status changes, so that
 * setting what is already so changes nothing.
 */
export function withCondition(
  conditions: readonly Condition[] | undefined,
  next: Omit<Condition, 'lastTransitionTime'>,
  now: Date,
): Condition[] {
  const former = conditions?.find((condition) => condition.type === next.type)
  const lastTransitionTime = former?.status === next.status ? former.lastTransitionTime : now.toISOString()
  const rest = (conditions ?? []).filter((condition) => condition.type !== next.type)
  return [...rest, { ...next, lastTransitionTime }].sort((a, b) => a.type.localeCompare(b.type))
}

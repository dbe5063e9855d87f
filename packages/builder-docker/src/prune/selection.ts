import type { Retention } from '../options.ts'

/** An image of ours that might be removed. */
export interface PrunableImage {
  readonly webspace: string
  /** `name@sha256:…`, or what else it is known by. */
  readonly references: readonly string[]
  /** Milliseconds since the epoch. */
  readonly usedAt: number
  /** Something runs from it. */
  readonly inUse: boolean
  readonly bytes: number
}

export interface PruneRules {
  /** References that must stay: what a Release can come back to, or a push was given. */
  readonly keep: ReadonlySet<string>
  /** What was used at this time or later stays. Milliseconds since the epoch. */
  readonly youngest: number
  readonly retain: Retention | undefined
}

export interface Selection<T> {
  /** What is to go, longest unused first. */
  readonly removals: readonly T[]
  /** What would have to go if it were not in use, or too young. */
  readonly left: readonly T[]
}

export function selectRemovals<T extends PrunableImage>(images: readonly T[], rules: PruneRules): Selection<T> {
  const { keep, youngest, retain } = rules
  const unnamed = images.filter(({ references }) => !references.some((reference) => keep.has(reference)))
  const isDue = ({ inUse, usedAt }: T): boolean => !inUse && usedAt < youngest
  const counts = new Map<string, number>()
  let bytes = 0
  const removals = unnamed
    .filter(isDue)
    .sort((a, b) => b.usedAt - a.usedAt)
    .filter((image) => {
      const count = counts.get(image.webspace) ?? 0
      const stays =
        count < (retain?.perWebspace ?? 0) && bytes + image.bytes <= (retain?.bytes ?? Number.POSITIVE_INFINITY)
      if (!stays) return true
      counts.set(image.webspace, count + 1)
      bytes += image.bytes
      return false
    })
  return { removals: removals.reverse(), left: unnamed.filter((image) => !isDue(image)) }
}

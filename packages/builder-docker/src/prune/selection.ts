import type { Retention } from '../options.ts'

/** An image of ours that might be removed. */
export interface PrunableImage {
  readonly webspace: string
  /** `name@sha256:…`, or what else it is known by. */
  readonly references: readonly string[]
  /** Milliseconds since the epoch. */
  readonly usedAt: number
  readonly bytes: number
}

export interface PruneRules {
  /** References that must stay: what runs, and what a Release can go back to. */
  readonly keep: ReadonlySet<string>
  /** What was used at this time or later stays. Milliseconds since the epoch. */
  readonly youngest: number
  readonly retain: Retention | undefined
}

/** The images that are to go, longest unused first. */
export function selectRemovals<T extends PrunableImage>(images: readonly T[], rules: PruneRules): T[] {
  const { keep, youngest, retain } = rules
  const candidates = images
    .filter(({ references, usedAt }) => usedAt < youngest && !references.some((reference) => keep.has(reference)))
    .sort((a, b) => b.usedAt - a.usedAt)
  const counts = new Map<string, number>()
  let bytes = 0
  const removals = candidates.filter((image) => {
    const count = counts.get(image.webspace) ?? 0
    const stays =
      count < (retain?.perWebspace ?? 0) && bytes + image.bytes <= (retain?.bytes ?? Number.POSITIVE_INFINITY)
    if (!stays) return true
    counts.set(image.webspace, count + 1)
    bytes += image.bytes
    return false
  })
  return removals.reverse()
}

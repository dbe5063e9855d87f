import type { Release } from '@webspaces/core'

/**
 * The Releases that are no longer kept: of each branch all but the newest `limit`, and of all branches that are gone,
 * together, as many. Kept in any case is what runs or may come to run, and the highest number, since numbers are
 * counted on from there and must not come again.
 */
export function surplusReleases(
  releases: readonly Release[],
  limit: number,
  wanted: ReadonlySet<string>,
): readonly Release[] {
  const alive = new Set(releases.filter(({ status }) => status?.phase !== 'Retired').map(({ spec }) => spec.branch))
  const seen = new Map<string | undefined, number>()
  return releases
    .toSorted((a, b) => b.spec.number - a.spec.number)
    .filter((release, index) => {
      const group = alive.has(release.spec.branch) ? release.spec.branch : undefined
      const rank = seen.get(group) ?? 0
      seen.set(group, rank + 1)
      return rank >= limit && index > 0 && !isNeeded(release, wanted)
    })
}

function isNeeded({ metadata, status }: Release, wanted: ReadonlySet<string>): boolean {
  const pending = status?.phase === undefined || status.phase === 'Pending'
  // What is live serves until its successor is, however many have failed since.
  return pending || wanted.has(metadata.name) || status.rollout?.phase === 'Live'
}

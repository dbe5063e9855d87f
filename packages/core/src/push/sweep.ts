import type { Branch } from '../contracts/repositories.ts'
import type { Release } from '../resources/release.ts'

/** What has to be done with a Release so that it agrees with the refs. */
export interface PhaseChange {
  readonly release: Release
  readonly to: 'Accepted' | 'Retired' | 'Gone'
}

/**
 * Compares the Releases of one Webspace with its refs, after a crash or at any other time: a Pending Release was
 * accepted if its ref is at its commit; one whose push cannot be running any more is gone; what was accepted is
 * retired when its branch is no longer there. Nothing is retired in a repository that has lost its production branch,
 * which nobody can delete: the volume is empty or another one, and sites go on while it is looked for.
 * @param running tells of Releases whose push is still going on here
 */
export function sweepReleases(input: {
  readonly releases: readonly Release[]
  readonly branches: readonly Branch[]
  /** Name of the production branch. */
  readonly production: string
  readonly running: (release: Release) => boolean
  /** Milliseconds since the epoch. */
  readonly now: number
  /** A Pending Release may belong to a push in another process for so long. */
  readonly graceMs: number
}): PhaseChange[] {
  const heads = new Map(input.branches.map(({ name, oid }) => [name, oid]))
  const isLost = hasLostProduction(input)
  return input.releases.flatMap((release): PhaseChange[] => {
    const head = heads.get(release.spec.branch)
    const phase = release.status?.phase ?? 'Pending'
    if (phase === 'Accepted') return head === undefined && !isLost ? [{ release, to: 'Retired' }] : []
    if (phase === 'Retired' || input.running(release)) return []
    if (head === release.spec.commit) return [{ release, to: 'Accepted' }]
    const age = input.now - Date.parse(release.metadata.creationTimestamp ?? '')
    return age > input.graceMs ? [{ release, to: 'Gone' }] : []
  })
}

/** Whether the production branch was pushed and is not there. */
export function hasLostProduction({
  releases,
  branches,
  production,
}: {
  readonly releases: readonly Release[]
  readonly branches: readonly Branch[]
  readonly production: string
}): boolean {
  return (
    releases.some(({ spec, status }) => spec.branch === production && status?.phase === 'Accepted') &&
    !branches.some(({ name }) => name === production)
  )
}

import type { Release } from '../resources/release.ts'
import type { Webspace } from '../resources/webspace.ts'

/** What should run of a Webspace: its production branch and its previews, newest push first. */
export interface WantedReleases {
  readonly production: Release | undefined
  readonly previews: readonly Release[]
  /** When the next preview is too old; milliseconds since the epoch. */
  readonly wakeAt?: number
}

/** The newest accepted Release of each branch: what its refs say, whether it is wanted or not. */
export function currentReleases(webspace: string, releases: Iterable<Release>): Map<string, Release> {
  const current = new Map<string, Release>()
  for (const release of releases) {
    if (release.spec.webspace !== webspace || release.status?.phase !== 'Accepted') continue
    const former = current.get(release.spec.branch)
    if (former === undefined || former.spec.number < release.spec.number) current.set(release.spec.branch, release)
  }
  return current
}

/** Applies the Webspace's rules for previews: off, too old, too many. */
export function wantedReleases(webspace: Webspace, releases: Iterable<Release>, now: number): WantedReleases {
  const all = [...releases]
  const current = currentReleases(webspace.metadata.name, all)
  const production = current.get(webspace.spec.branch)
  current.delete(webspace.spec.branch)
  const { enabled, max, ttl } = webspace.spec.previews
  if (!enabled) return { production, previews: [] }
  const lifetime = ttl === undefined ? Infinity : milliseconds(ttl)
  const endOf = (release: Release): number => pushedAt(release, all) + lifetime
  const previews = [...current.values()]
    .filter((release) => endOf(release) > now)
    .sort((a, b) => b.spec.number - a.spec.number)
    .slice(0, max)
  const wakeAt = Math.min(...previews.map(endOf))
  return { production, previews, ...(Number.isFinite(wakeAt) ? { wakeAt } : {}) }
}

/** When somebody last pushed what a Release runs: a change of the environment makes a new Release and nothing younger. */
function pushedAt(release: Release, all: readonly Release[]): number {
  const { webspace, branch, commit } = release.spec
  const pushes = all.filter(
    ({ spec }) =>
      spec.webspace === webspace && spec.branch === branch && spec.commit === commit && spec.source !== 'config',
  )
  const time = Math.max(...(pushes.length === 0 ? [release] : pushes).map(createdAt))
  return Number.isNaN(time) ? Infinity : time
}

function createdAt(release: Release): number {
  return Date.parse(release.metadata.creationTimestamp ?? '')
}

const UNITS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** `14d` in milliseconds; the schema has checked the shape. */
function milliseconds(duration: string): number {
  return Number.parseInt(duration, 10) * UNITS[duration.slice(-1) as keyof typeof UNITS]
}

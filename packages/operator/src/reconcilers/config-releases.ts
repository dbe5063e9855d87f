import {
  Annotation,
  envDigest,
  type BranchWorkload,
  type NewRelease,
  type Release,
  type Webspace,
} from '@webspaces/core'

/**
 * The Releases to make because `spec.env` is no longer what the running ones were made under: same image, present
 * environment. A branch that is being pushed to is left alone until that is over, since what is pushed should run.
 */
export function configReleases(
  webspace: Webspace,
  releases: readonly Release[],
  branches: readonly BranchWorkload[],
): NewRelease[] {
  const digest = envDigest(webspace.spec.env)
  return branches
    .map(({ release }) => release)
    .filter((release) => madeUnder(release) !== digest && !isOvertaken(release, releases))
    .map(({ spec, metadata }) => {
      const { branch, commit, image, buildKey, port, healthPath, author, message } = spec
      const push = metadata.annotations?.[Annotation.push]
      return {
        ...{ branch, commit, image, buildKey, port, healthPath, author, message, source: 'config' },
        ...(push === undefined ? {} : { push }),
      }
    })
}

/**
 * A Release can run with another environment than the Webspace had: that of a rollback is the older one, and stays.
 * One that was written by hand has no annotation.
 */
function madeUnder(release: Release): string {
  return release.metadata.annotations?.[Annotation.env] ?? envDigest(release.spec.env)
}

function isOvertaken(release: Release, releases: readonly Release[]): boolean {
  return releases.some(
    ({ spec, status }) =>
      spec.branch === release.spec.branch && spec.number > release.spec.number && status?.phase !== 'Retired',
  )
}

import { createHash } from 'node:crypto'
import type { ResourceCaches } from '../cache/resource-caches.ts'
import type { Cluster, WriteOptions } from '../contracts/cluster.ts'
import type { Logger } from '../contracts/system.ts'
import { coreError } from '../errors/catalogue.ts'
import { hasCode } from '../errors/error.ts'
import { inject, injectable } from '../plugin/injection.ts'
import { CLUSTER, LOGGER, RESOURCE_CACHES } from '../plugin/tokens.ts'
import { ownerReference } from '../resources/object.ts'
import type { EnvVar } from '../resources/fields.ts'
import { Release, releaseName, type ReleasePhase, type ReleaseSpec } from '../resources/release.ts'
import type { Webspace } from '../resources/webspace.ts'
import { currentReleases } from '../workload/branches.ts'
import { Annotation, Label, MANAGER } from '../workload/labels.ts'
import { slugOf } from '../workload/slug.ts'

/** What makes a Release; the rest follows from the Webspace. */
export type NewRelease = Omit<ReleaseSpec, 'webspace' | 'number' | 'env'> & {
  /** Left out: the Webspace's own, as it is now. */
  readonly env?: readonly EnvVar[]
  /** Id of the push, where it comes from one. */
  readonly push?: string
}

const ATTEMPTS = 20

/** Writes Releases, and their way from Pending to Accepted to Retired. */
@injectable()
export class Releases {
  readonly #cluster: Cluster
  readonly #caches: ResourceCaches
  readonly #logger: Logger
  /** Names of Pending Releases whose push goes on in this process. */
  readonly #pending = new Set<string>()

  constructor(
    @inject(CLUSTER) cluster: Cluster,
    @inject(RESOURCE_CACHES) caches: ResourceCaches,
    @inject(LOGGER) logger: Logger,
  ) {
    this.#cluster = cluster
    this.#caches = caches
    this.#logger = logger
  }

  /** Whether a Pending Release belongs to a push that goes on in this process. */
  isRunning(release: Release): boolean {
    return this.#pending.has(release.metadata.name)
  }

  /** The first step of a push's Release; {@link accept} or {@link takeBack} is the second. */
  async createPending(webspace: Webspace, release: NewRelease): Promise<Release> {
    const created = await this.#create(webspace, release)
    this.#pending.add(created.metadata.name)
    return this.#setPhase(created, 'Pending')
  }

  /** A Release that no ref moves for: a change of environment, a rollback. */
  async createAccepted(webspace: Webspace, release: NewRelease, options: WriteOptions = {}): Promise<Release> {
    return this.#setPhase(await this.#create(webspace, release, options), 'Accepted', options)
  }

  /**
   * The ref has moved. A Release that was made after this one and accepted before it (the environment changed in
   * between) would hide it: then it is made once more, on top.
   */
  async accept(release: Release): Promise<Release> {
    const { webspace: name, branch, number } = release.spec
    const accepted = await this.#setPhase(release, 'Accepted')
    this.#pending.delete(release.metadata.name)
    const current = currentReleases(name, this.#caches.releases.values()).get(branch)
    const webspace = this.#caches.webspaces.get(name)
    if (current === undefined || current.spec.number <= number || webspace === undefined) return accepted
    const push = release.metadata.annotations?.[Annotation.push]
    return this.createAccepted(webspace, {
      ...release.spec,
      env: webspace.spec.env,
      ...(push === undefined ? {} : { push }),
    })
  }

  /** The ref has not moved, or never will. */
  async takeBack(release: Release): Promise<void> {
    const { name, uid } = release.metadata
    this.#pending.delete(name)
    try {
      await this.#cluster.delete(Release, { name }, uid === undefined ? {} : { uid })
    } catch (error) {
      // Nothing looks at a Pending Release; the next sweep removes what cannot be removed now.
      if (!hasCode(error, 'WS_NOT_FOUND')) this.#logger.warn('pending release not removed', { release: name, error })
    }
  }

  /** The branch is gone. */
  async retireBranch(webspace: string, branch: string): Promise<void> {
    for (const release of [...this.#caches.releases.values()]) {
      const { spec, status } = release
      if (spec.webspace === webspace && spec.branch === branch && status?.phase === 'Accepted') {
        await this.retire(release)
      }
    }
  }

  async retire(release: Release): Promise<void> {
    await this.#setPhase(release, 'Retired')
  }

  /** Takes the next free number: the cache may be a moment behind, so it is tried until one is free. */
  async #create(webspace: Webspace, release: NewRelease, options: WriteOptions = {}): Promise<Release> {
    const known = highestNumber(webspace.metadata.name, this.#caches.releases.values())
    for (let number = known + 1; number <= known + ATTEMPTS; number += 1) {
      try {
        return await this.#cluster.create(Release, draft(webspace, release, number), options)
      } catch (error) {
        if (!hasCode(error, 'WS_ALREADY_EXISTS')) throw error
      }
    }
    throw coreError('WS_CONFLICT', `no free number for a release of ${webspace.metadata.name} after ${known}`)
  }

  #setPhase(release: Release, phase: ReleasePhase, options: WriteOptions = {}): Promise<Release> {
    return this.#cluster.patchStatus(Release, { name: release.metadata.name }, { phase }, options)
  }
}

/** Tells whether `spec.env` has changed since a Release was made: compare with its annotation. */
export function envDigest(env: readonly EnvVar[]): string {
  const text = JSON.stringify(env.map(({ name, value }) => [name, value]))
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

function highestNumber(webspace: string, releases: Iterable<Release>): number {
  let highest = 0
  for (const { spec } of releases) {
    if (spec.webspace === webspace && spec.number > highest) highest = spec.number
  }
  return highest
}

function draft(webspace: Webspace, { push, env, ...spec }: NewRelease, number: number): Release {
  const { name } = webspace.metadata
  return {
    apiVersion: Release.apiVersion,
    kind: Release.kind,
    metadata: {
      name: releaseName(name, number),
      labels: {
        [Label.managedBy]: MANAGER,
        [Label.customer]: webspace.spec.customer,
        [Label.webspace]: name,
        [Label.branch]: slugOf(spec.branch),
      },
      annotations: {
        [Annotation.env]: envDigest(webspace.spec.env),
        ...(push === undefined ? {} : { [Annotation.push]: push }),
      },
      ownerReferences: [ownerReference(webspace)],
    },
    spec: { ...spec, env: [...(env ?? webspace.spec.env)], webspace: name, number },
  }
}

import {
  CLOCK,
  CLUSTER,
  CONFIG,
  hasLostProduction,
  inject,
  injectable,
  Release,
  RELEASES,
  REPOSITORIES,
  REPOSITORY_FINALIZER,
  sweepReleases,
  Webspace,
  type Clock,
  type Cluster,
  type Logger,
  type ObjectKey,
  type PhaseChange,
  type PlatformConfig,
  type ReconcileContext,
  type Reconciler,
  type ReconcileResult,
  type ReleasePhase,
  type Releases,
  type Repositories,
  type Watched,
  type WatchedCache,
} from '@webspaces/core'
import { CacheIndex } from '../controller/cache-index.ts'
import { watched } from '../controller/controller.ts'
import { WATCHES, type Watches } from '../controller/watches.ts'

/** How often refs are compared with Releases when nothing is heard of either. */
const SWEEP_MS = 5 * 60_000

/**
 * What was compared, and when to compare it again. A look at the refs costs a process, and most of what is written to
 * Webspaces and Releases (how a rollout goes) is no reason for one.
 */
interface Sweep {
  readonly subject: string
  /** Milliseconds since the epoch. */
  readonly due: number
}

/**
 * Gives each Webspace a repository, deletes or retains it with the Webspace, and keeps the phase of its Releases with
 * its refs.
 *
 * The finalizer is set before the repository is made here and removed after it is out of its place: whenever this is
 * stopped, somebody comes back to it. That does not hold where the first clone or push was faster and had it made, or
 * where the finalizer was taken off by hand. So each repository knows its owner, and none is handed on to a Webspace of
 * the same name and another customer. One whose Webspace is gone for good stays where it is: it may have been put there
 * for one that is yet to come.
 */
@injectable()
export class RepositoryReconciler implements Reconciler {
  readonly name = 'repository'
  readonly kind = Webspace
  readonly everywhere = true
  readonly watches: readonly Watched[] = [watched(Release, ({ spec }) => [{ name: spec.webspace }])]
  readonly #webspaces: WatchedCache<Webspace>
  readonly #releasesOf: CacheIndex<Release>
  readonly #sweeps = new Map<string, Sweep>()

  constructor(
    @inject(CLUSTER) private readonly cluster: Cluster,
    @inject(REPOSITORIES) private readonly repositories: Repositories,
    @inject(RELEASES) private readonly releases: Releases,
    @inject(CONFIG) private readonly config: PlatformConfig,
    @inject(CLOCK) private readonly clock: Clock,
    @inject(WATCHES) watches: Watches,
  ) {
    this.#webspaces = watches.of(Webspace)
    this.#releasesOf = new CacheIndex(watches.of(Release), ({ spec }) => [spec.webspace])
  }

  async reconcile({ name }: ObjectKey, { logger }: ReconcileContext): Promise<ReconcileResult> {
    const webspace = this.#webspaces.get(name)
    if (webspace === undefined) {
      this.#sweeps.delete(name)
      return {}
    }
    if (webspace.metadata.deletionTimestamp !== undefined) {
      await this.#reclaim(webspace, logger)
      return {}
    }
    await this.#setFinalizers(webspace, [...new Set([...finalizersOf(webspace), REPOSITORY_FINALIZER])])
    const releases = this.#releasesOf.of(name)
    const subject = JSON.stringify([
      webspace.metadata.uid,
      webspace.spec.branch,
      webspace.spec.customer,
      releases.map((release) => [release.metadata.uid, phase(release)]),
    ])
    const now = this.clock.now()
    const former = this.#sweeps.get(name)
    if (former?.subject === subject && former.due > now) return { requeueAfter: former.due - now }
    const owner = { uid: webspace.metadata.uid ?? '', customer: webspace.spec.customer }
    await this.repositories.ensure(name, webspace.spec.branch, owner)
    await this.#sweep(webspace, releases, logger)
    this.#sweeps.set(name, { subject, due: now + SWEEP_MS })
    return { requeueAfter: SWEEP_MS }
  }

  async #reclaim(webspace: Webspace, logger: Logger): Promise<void> {
    const { name } = webspace.metadata
    const finalizers = finalizersOf(webspace)
    if (!finalizers.includes(REPOSITORY_FINALIZER)) return
    if ((webspace.spec.reclaimPolicy ?? this.config.reclaimPolicy) === 'Retain') {
      await this.repositories.retain(name)
      logger.info('repository retained', { webspace: name })
    } else {
      await this.repositories.delete(name)
      logger.info('repository deleted', { webspace: name })
    }
    await this.#setFinalizers(
      webspace,
      finalizers.filter((finalizer) => finalizer !== REPOSITORY_FINALIZER),
    )
  }

  /** Conditional: somebody else may be changing the list, and a merge patch replaces the whole of it. */
  async #setFinalizers(webspace: Webspace, finalizers: readonly string[]): Promise<void> {
    if (finalizers.length === finalizersOf(webspace).length) return
    const { name, resourceVersion } = webspace.metadata
    await this.cluster.patch(Webspace, { name }, { metadata: { finalizers, resourceVersion } })
  }

  /** The Releases are older than the branches: one that is accepted for a branch that is new is not among them. */
  async #sweep({ metadata, spec }: Webspace, releases: readonly Release[], logger: Logger): Promise<void> {
    const branches = await this.repositories.branches(metadata.name)
    const refs = { releases, branches, production: spec.branch }
    if (hasLostProduction(refs)) logger.error('repository lost its production branch', { webspace: metadata.name })
    const graceMs = this.config.push.pendingGraceMs
    const running = (release: Release): boolean => this.releases.isRunning(release)
    for (const change of sweepReleases({ ...refs, running, now: this.clock.now(), graceMs })) {
      await this.#carryOut(change)
      logger.info('release brought in line with refs', { release: change.release.metadata.name, phase: change.to })
    }
  }

  async #carryOut({ release, to }: PhaseChange): Promise<void> {
    switch (to) {
      case 'Accepted':
        await this.releases.accept(release)
        break
      case 'Retired':
        await this.releases.retire(release)
        break
      case 'Gone':
        await this.releases.takeBack(release)
    }
  }
}

function phase(release: Release): ReleasePhase {
  return release.status?.phase ?? 'Pending'
}

function finalizersOf({ metadata }: Webspace): readonly string[] {
  return metadata.finalizers ?? []
}

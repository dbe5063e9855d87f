import {
  ADDRESSING,
  CLOCK,
  CLUSTER,
  CONFIG,
  Customer,
  Deployment,
  HOST_OWNERS,
  inject,
  injectable,
  keyOf,
  keyString,
  Label,
  Release,
  RELEASES,
  RuntimeResource,
  Webspace,
  workload,
  type Addressing,
  type Clock,
  type Cluster,
  type HostOwners,
  type ObjectKey,
  type PlatformConfig,
  type ReconcileContext,
  type Reconciler,
  type ReconcileResult,
  type Releases,
  type Watched,
  type WatchedCache,
  type Workload,
  type WriteOptions,
} from '@webspaces/core'
import { CacheIndex } from '../controller/cache-index.ts'
import { watched } from '../controller/controller.ts'
import { WATCHES, type Watches } from '../controller/watches.ts'
import { Pod } from '../kubernetes/pod.ts'
import { configReleases } from './config-releases.ts'
import { deleteIfThere } from './delete-if-there.ts'
import { HostRivals } from './host-rivals.ts'
import { OWNED_KINDS, OwnedObjects, type Refusal } from './owned-objects.ts'
import { Patience } from './patience.ts'
import { surplusReleases } from './release-history.ts'
import { podProblem } from './pod-problems.ts'
import { isObserved } from './rollout.ts'
import { StatusWriter } from './status.ts'
import { untilSeen } from './until-seen.ts'
import { webspaceStatus } from './webspace-status.ts'

const NOTHING: Workload = { objects: [], branches: [], conflicts: [] }

/** Brings what runs of a Webspace to what its Releases say, and tells in its status how far that is. */
@injectable()
export class WebspaceReconciler implements Reconciler {
  readonly name = 'webspace'
  readonly kind = Webspace
  readonly watches: readonly Watched[]
  readonly #webspaces: WatchedCache<Webspace>
  readonly #customers: WatchedCache<Customer>
  readonly #runtimes: WatchedCache<RuntimeResource>
  readonly #deployments: WatchedCache<Deployment>
  readonly #releases: WatchedCache<Release>
  readonly #releasesOf: CacheIndex<Release>
  readonly #podsOf: CacheIndex<Pod>
  readonly #owned: OwnedObjects
  readonly #patience: Patience
  readonly #status: StatusWriter<Webspace>

  constructor(
    @inject(CLUSTER) private readonly cluster: Cluster,
    @inject(CLOCK) private readonly clock: Clock,
    @inject(CONFIG) private readonly config: PlatformConfig,
    @inject(ADDRESSING) private readonly addressing: Addressing,
    @inject(HOST_OWNERS) private readonly hosts: HostOwners,
    @inject(RELEASES) private readonly releases: Releases,
    @inject(WATCHES) watches: Watches,
  ) {
    this.#webspaces = watches.of(Webspace)
    this.#customers = watches.of(Customer)
    this.#runtimes = watches.of(RuntimeResource)
    this.#deployments = watches.of(Deployment)
    this.#releases = watches.of(Release)
    this.#releasesOf = new CacheIndex(this.#releases, ({ spec }) => [spec.webspace])
    this.#podsOf = new CacheIndex(watches.of(Pod), ({ metadata }) => [metadata.labels?.[Label.release]])
    this.#owned = new OwnedObjects(cluster, watches)
    this.#patience = new Patience(clock)
    this.#status = new StatusWriter(cluster, Webspace)
    this.watches = interests(watches, addressing)
  }

  async reconcile({ name }: ObjectKey, context: ReconcileContext): Promise<ReconcileResult> {
    const { logger, signal } = context
    const webspace = this.#webspaces.get(name)
    // All that belongs to a Webspace that is gone goes by its owner references.
    if (webspace === undefined) {
      this.#patience.forget(name)
      return {}
    }
    const customer = this.#customers.get(webspace.spec.customer)
    if (customer !== undefined && customer.status?.namespace === undefined) {
      const left = this.#patience.left(name, 'moment')
      if (left > 0) return { requeueAfter: left }
      await this.#writeStatus(webspace, customer, NOTHING, context)
      return {}
    }
    const now = this.clock.now()
    const wanted = this.#wanted(webspace, customer, now)
    const refusals = await this.#owned.bring(name, wanted.objects, context)
    for (const release of configReleases(webspace, this.#releasesOf.of(name), wanted.branches)) {
      const { metadata } = await this.releases.createAccepted(webspace, release, context)
      logger.info('release made for changed environment', { webspace: name, release: metadata.name })
      // Else the next look would not know of it and make another.
      await untilSeen(this.#releases, metadata.name, this.clock, signal)
    }
    await this.#trimHistory(name, wanted, context)
    const [refusal] = refusals
    if (refusal !== undefined) {
      await this.#writeStatus(webspace, customer, wanted, context, refusals)
      throw refusal.error
    }
    const left = this.#patience.left(name, this.#isObserved(wanted) ? undefined : 'moment')
    if (left === 0) await this.#writeStatus(webspace, customer, wanted, context)
    const wakeIn = Math.min(left === 0 ? Infinity : left, (wanted.wakeAt ?? Infinity) - now)
    return Number.isFinite(wakeIn) ? { requeueAfter: wakeIn } : {}
  }

  #isObserved({ branches }: Workload): boolean {
    return branches.every(({ release, deployment }) =>
      isObserved(release, this.#deployments.get(keyString(deployment))),
    )
  }

  #wanted(webspace: Webspace, customer: Customer | undefined, now: number): Workload {
    if (customer === undefined || webspace.metadata.deletionTimestamp !== undefined) return NOTHING
    return workload({
      webspace,
      customer,
      releases: this.#releasesOf.of(webspace.metadata.name),
      settings: this.config.workload,
      addressing: this.addressing,
      hosts: this.hosts,
      now,
    })
  }

  async #trimHistory(name: string, { branches }: Workload, options: WriteOptions): Promise<void> {
    const wanted = new Set(branches.map(({ release }) => release.metadata.name))
    for (const release of surplusReleases(this.#releasesOf.of(name), this.config.push.releaseHistory, wanted)) {
      await deleteIfThere(this.cluster, Release, release, options)
    }
  }

  #writeStatus(
    webspace: Webspace,
    customer: Customer | undefined,
    { branches, conflicts }: Workload,
    options: WriteOptions,
    refusals: readonly Refusal[] = [],
  ): Promise<void> {
    const status = webspaceStatus({
      webspace,
      customer,
      branches,
      conflicts,
      runtimeExists: this.#runtimes.get(webspace.spec.runtime) !== undefined,
      deploymentOf: ({ deployment }) => this.#deployments.get(keyString(deployment)),
      problemOf: ({ metadata }) => podProblem(this.#podsOf.of(metadata.name), this.clock.now()),
      addressing: this.addressing,
      now: this.clock.now(),
      refusals,
    })
    return this.#status.write(webspace, status, options)
  }
}

/** Whose changes concern which Webspaces. */
function interests(watches: Watches, addressing: Addressing): readonly Watched[] {
  const webspaces = watches.of(Webspace)
  const ofCustomer = new CacheIndex(webspaces, ({ spec }) => [spec.customer])
  const ofRuntime = new CacheIndex(webspaces, ({ spec }) => [spec.runtime])
  const rivals = new HostRivals(webspaces, addressing)
  return [
    // Also when it has another preview than before: its status shows that.
    watched(Webspace, (webspace) => rivals.of(webspace)),
    watched(Release, ({ spec }) => [{ name: spec.webspace }]),
    watched(Customer, ({ metadata }) => ofCustomer.of(metadata.name).map(keyOf)),
    watched(RuntimeResource, ({ metadata }) => ofRuntime.of(metadata.name).map(keyOf)),
    ...[...OWNED_KINDS, Pod].map((kind) =>
      watched(kind, ({ metadata }) => {
        const webspace = metadata.labels?.[Label.webspace]
        return webspace === undefined ? [] : [{ name: webspace }]
      }),
    ),
  ]
}

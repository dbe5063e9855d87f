import {
  ADDRESSING,
  CLOCK,
  CLUSTER,
  currentReleases,
  Deployment,
  deploymentKeyOf,
  inject,
  injectable,
  keyOf,
  keyString,
  Label,
  LOGS,
  Reason,
  Release,
  siteUrlOf,
  wantedReleases,
  Webspace,
  type Addressing,
  type Clock,
  type Cluster,
  type Logs,
  type ObjectKey,
  type ObjectMeta,
  type ReconcileContext,
  type Reconciler,
  type ReconcileResult,
  type ReleaseStatus,
  type Rollout,
  type Watched,
  type WatchedCache,
} from '@webspaces/core'
import { CacheIndex } from '../controller/cache-index.ts'
import { watched } from '../controller/controller.ts'
import { WATCHES, type Watches } from '../controller/watches.ts'
import { Pod } from '../kubernetes/pod.ts'
import { lastLines } from './last-lines.ts'
import { conditionsOf, ready, reconciling, stalled, waiting, type Outcome } from './outcome.ts'
import { Patience, type Wait } from './patience.ts'
import { podProblem } from './pod-problems.ts'
import { isApplied, isObserved, rolloutOf } from './rollout.ts'
import { StatusWriter } from './status.ts'

/** A kubelet may be away for a moment. */
const LOG_TRIES = 3
const LOG_PAUSE_MS = 1000

/** Tells in each Release how far its rollout is, and why it failed: what a pusher waits for. */
@injectable()
export class ReleaseReconciler implements Reconciler {
  readonly name = 'release'
  readonly kind = Release
  readonly watches: readonly Watched[]
  readonly #releases: WatchedCache<Release>
  readonly #webspaces: WatchedCache<Webspace>
  readonly #deployments: WatchedCache<Deployment>
  readonly #releasesOf: CacheIndex<Release>
  /** Empty where the Cluster runs processes and no pods. */
  readonly #podsOf: CacheIndex<Pod>
  readonly #patience: Patience
  readonly #status: StatusWriter<Release>

  constructor(
    @inject(CLUSTER) cluster: Cluster,
    @inject(CLOCK) private readonly clock: Clock,
    @inject(ADDRESSING) private readonly addressing: Addressing,
    @inject(LOGS) private readonly logs: Logs,
    @inject(WATCHES) watches: Watches,
  ) {
    this.#releases = watches.of(Release)
    this.#webspaces = watches.of(Webspace)
    this.#deployments = watches.of(Deployment)
    this.#releasesOf = new CacheIndex(this.#releases, ({ spec }) => [spec.webspace])
    this.#podsOf = new CacheIndex(watches.of(Pod), ({ metadata }) => [metadata.labels?.[Label.release]])
    this.#patience = new Patience(clock)
    this.#status = new StatusWriter(cluster, Release)
    this.watches = [
      watched(Pod, ({ metadata }) => releaseLabel(metadata)),
      watched(Deployment, ({ metadata }) => releaseLabel(metadata)),
      // One Release takes the place of another, of its own branch or, where there are too many previews, of any.
      watched(Release, ({ spec }) => this.#unsettled(spec.webspace)),
      watched(Webspace, ({ metadata }) => this.#unsettled(metadata.name)),
    ]
  }

  async reconcile({ name }: ObjectKey, context: ReconcileContext): Promise<ReconcileResult> {
    const release = this.#releases.get(name)
    const webspace = release && this.#webspaces.get(release.spec.webspace)
    if (release === undefined || webspace === undefined) {
      this.#patience.forget(name)
      return {}
    }
    const phase = release.status?.phase ?? 'Pending'
    // Nothing of it runs, and it may be gone in a moment: its push is the one that has something to say.
    if (phase === 'Pending') return {}
    const wanted = this.#isWanted(release, webspace)
    const left = this.#patience.left(name, wanted ? this.#awaited(release, webspace) : undefined)
    if (left > 0) return { requeueAfter: left }
    const status = wanted ? await this.#rolloutStatus(release, webspace, context) : this.#overtakenStatus(release)
    if (status !== undefined) await this.#status.write(release, status, context)
    return {}
  }

  #awaited(release: Release, webspace: Webspace): Wait | undefined {
    if (refusalOf(release, webspace) !== undefined) return undefined
    const deployment = this.#deployments.get(keyString(deploymentKeyOf(webspace, release.spec.branch)))
    if (!isApplied(release, deployment)) return 'turn'
    return isObserved(release, deployment) ? undefined : 'moment'
  }

  /** The Releases of a Webspace whose status may still change. */
  #unsettled(webspace: string): ObjectKey[] {
    return this.#releasesOf
      .of(webspace)
      .filter(({ status }) => status?.rollout?.phase !== 'Superseded')
      .map(keyOf)
  }

  #isWanted(release: Release, webspace: Webspace): boolean {
    const releases = this.#releasesOf.of(webspace.metadata.name)
    const { production, previews } = wantedReleases(webspace, releases, this.clock.now())
    const { name } = release.metadata
    return production?.metadata.name === name || previews.some(({ metadata }) => metadata.name === name)
  }

  async #rolloutStatus(
    release: Release,
    webspace: Webspace,
    context: ReconcileContext,
  ): Promise<Partial<ReleaseStatus>> {
    const key = deploymentKeyOf(webspace, release.spec.branch)
    const refusal = refusalOf(release, webspace)
    const rollout = this.#rollout(release, key, refusal)
    const url = siteUrlOf(webspace, release.spec.branch, this.addressing)
    const conditions = conditionsOf(release, judge(rollout, url), this.clock.now())
    if (rollout.phase !== 'Failed' || refusal !== undefined) return { url, rollout, conditions }
    const log = await this.#failureLog(release, key, context)
    return { url, rollout: log.length === 0 ? rollout : { ...rollout, log }, conditions }
  }

  #rollout(release: Release, key: ObjectKey, refusal: string | undefined): Rollout {
    const problem = podProblem(this.#podsOf.of(release.metadata.name), this.clock.now())
    const rollout: Rollout = rolloutOf(release, this.#deployments.get(keyString(key)), problem)
    if (refusal !== undefined) return { ...rollout, phase: 'Failed', message: refusal }
    if (rollout.phase !== 'Failed') return rollout
    // Why it was first seen to have failed: the words change with each try, and would be written each time.
    const former = release.status?.rollout
    if (former?.phase === 'Failed' && former.message !== undefined) return { ...rollout, message: former.message }
    return problem?.detail === undefined ? rollout : { ...rollout, message: `${problem.message}: ${problem.detail}` }
  }

  /**
   * What the failing process wrote when the rollout was first seen to have failed: it is started again and again, and
   * to follow its output would be a write without end.
   */
  async #failureLog(
    release: Release,
    deployment: Required<ObjectKey>,
    { signal, logger }: ReconcileContext,
  ): Promise<readonly string[]> {
    const former = release.status?.rollout
    if (former?.phase === 'Failed') return former.log ?? []
    const { name } = release.metadata
    const query = { namespace: deployment.namespace, deployment: deployment.name, release: name }
    // Now or never: its push ends with what is told here.
    for (let tries = 1; ; tries += 1) {
      try {
        return await lastLines(this.logs, query, this.clock, signal)
      } catch (error) {
        signal.throwIfAborted()
        logger.debug('output of failed rollout not read', { error, tries })
        if (tries === LOG_TRIES) return []
        await this.clock.sleep(LOG_PAUSE_MS, signal)
      }
    }
  }

  /** Undefined while it still serves because what overtook it is not live yet. */
  #overtakenStatus(release: Release): Partial<ReleaseStatus> | undefined {
    const { webspace, branch } = release.spec
    const current = currentReleases(webspace, this.#releasesOf.of(webspace)).get(branch)
    const retired = release.status?.phase === 'Retired'
    if (!retired && current !== undefined && isServingFor(current, release)) return undefined
    const message = retired
      ? 'the branch is gone'
      : current === undefined || current.metadata.name === release.metadata.name
        ? 'the preview was taken down: previews are off, or it is too old or one too many'
        : `${current.metadata.name} took its place`
    return {
      url: undefined,
      rollout: { phase: 'Superseded', replicas: 0, readyReplicas: 0, message },
      conditions: conditionsOf(release, waiting(Reason.Superseded, message), this.clock.now()),
    }
  }
}

/** What the cluster said if it does not take what belongs to the Release. */
function refusalOf({ metadata }: Release, { status }: Webspace): string | undefined {
  return status?.branches?.find(({ release }) => release === metadata.name)?.refusal
}

/** Whether the former Release still answers until the current one does. */
function isServingFor(current: Release, former: Release): boolean {
  const phase = current.status?.rollout?.phase ?? 'Progressing'
  return (
    current.metadata.name !== former.metadata.name &&
    former.status?.rollout?.phase === 'Live' &&
    (phase === 'Progressing' || phase === 'Failed')
  )
}

function releaseLabel({ labels }: ObjectMeta): ObjectKey[] {
  const name = labels?.[Label.release]
  return name === undefined ? [] : [{ name }]
}

function judge({ phase, replicas, readyReplicas, message }: Rollout, url: string): Outcome {
  if (phase === 'Failed') return stalled(Reason.RolloutFailed, message ?? 'no progress')
  if (phase === 'Live') return ready(replicas === 0 ? 'has no replicas: nothing serves it' : `is live at ${url}`)
  return reconciling(message ?? `${readyReplicas} of ${replicas} ready`)
}

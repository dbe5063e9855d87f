import type { ResourceCaches } from '../cache/resource-caches.ts'
import type { Addressing } from '../contracts/addressing.ts'
import type { Cluster } from '../contracts/cluster.ts'
import type { IncomingPush, RefUpdate } from '../contracts/push.ts'
import type { PushedRepository } from '../contracts/source.ts'
import type { Clock } from '../contracts/system.ts'
import { coreError } from '../errors/catalogue.ts'
import type { PlatformConfig } from '../plugin/config.ts'
import { inject, injectable } from '../plugin/injection.ts'
import { ADDRESSING, CLOCK, CLUSTER, CONFIG, HOST_OWNERS, RESOURCE_CACHES } from '../plugin/tokens.ts'
import { Webspace } from '../resources/webspace.ts'
import { wantedReleases } from '../workload/branches.ts'
import { hostsOf, type HostOwners } from '../workload/hosts.ts'
import { refuseSuspended } from './access.ts'
import { parsePushOptions, type PushOptions } from './options.ts'
import { sortUpdates, type BranchUpdate, type SortedUpdates } from './updates.ts'

/** A push that nothing cheap speaks against. */
export interface CheckedPush {
  readonly webspace: Webspace
  readonly options: PushOptions
  readonly updates: SortedUpdates
}

/** How long the cluster may take to answer the one question that it is asked before a build. Milliseconds. */
const CLUSTER_MS = 5_000

/**
 * Everything that can be known before a build. git makes some of these checks itself, but only after the hook, when
 * the build would have run for nothing.
 */
@injectable()
export class Preflight {
  constructor(
    @inject(RESOURCE_CACHES) private readonly caches: ResourceCaches,
    @inject(HOST_OWNERS) private readonly hosts: HostOwners,
    @inject(ADDRESSING) private readonly addressing: Addressing,
    @inject(CONFIG) private readonly config: PlatformConfig,
    @inject(CLOCK) private readonly clock: Clock,
    @inject(CLUSTER) private readonly cluster: Pick<Cluster, 'get'>,
  ) {}

  /** @throws WS_PUSH_…, WS_NOT_FOUND, WS_SUSPENDED, WS_UNAVAILABLE */
  async check(push: IncomingPush): Promise<CheckedPush> {
    const options = parsePushOptions(push.options)
    const updates = sortUpdates(push.updates, this.config.push.maxRefs)
    const webspace = this.webspace(push.webspace)
    if (updates.deletions.includes(webspace.spec.branch)) {
      throw coreError('WS_PUSH_PRODUCTION_DELETE', `${webspace.spec.branch} is the production branch`)
    }
    this.#checkPreviews(updates, webspace)
    this.#checkHosts(updates.builds, webspace)
    await checkRefs(push.updates, push.repository)
    for (const update of updates.builds) {
      await checkHistory(update, options, webspace, push.repository)
    }
    await this.#checkCluster(push.webspace)
    return { webspace, options, updates }
  }

  /**
   * The Webspace, if it can be pushed to as things are now.
   * @throws WS_NOT_FOUND, WS_SUSPENDED
   */
  webspace(name: string): Webspace {
    const webspace = this.caches.webspaces.get(name)
    const customer = webspace && this.caches.customers.get(webspace.spec.customer)
    if (webspace === undefined || customer === undefined || webspace.metadata.deletionTimestamp !== undefined) {
      throw coreError('WS_NOT_FOUND', `no webspace ${JSON.stringify(name.slice(0, 80))} with a customer`)
    }
    refuseSuspended(webspace, customer)
    return webspace
  }

  /**
   * All else is answered from memory, also while the cluster is away: its Release could not be written then, and the
   * build would be for nothing. A cluster that does not answer is not waited for as long as one that writes.
   * @throws WS_UNAVAILABLE
   */
  async #checkCluster(name: string): Promise<void> {
    const over = new AbortController()
    const limit = this.clock.sleep(CLUSTER_MS, over.signal).then(() => {
      throw coreError('WS_UNAVAILABLE', `the cluster did not answer within ${CLUSTER_MS / 1000} s`)
    })
    try {
      await Promise.race([this.cluster.get(Webspace, { name }), limit])
    } finally {
      over.abort()
    }
  }

  #checkPreviews(updates: SortedUpdates, webspace: Webspace): void {
    const { previews, branch: production } = webspace.spec
    const pushed = updates.builds.map((update) => update.branch).filter((branch) => branch !== production)
    if (pushed.length === 0) return
    if (!previews.enabled) {
      throw coreError('WS_PUSH_PREVIEWS_DISABLED', `${webspace.metadata.name} has no previews; push to ${production}`)
    }
    const wanted = wantedReleases(webspace, this.caches.releases.values(), this.clock.now())
    const live = wanted.previews.map((release) => release.spec.branch)
    const after = new Set([...live.filter((branch) => !updates.deletions.includes(branch)), ...pushed])
    if (after.size > previews.max) {
      throw coreError(
        'WS_PUSH_TOO_MANY_PREVIEWS',
        `${webspace.metadata.name} would have ${after.size} previews, ${previews.max} are allowed`,
        { remedy: `Delete one: git push origin --delete ${live.at(-1) ?? 'BRANCH'}` },
      )
    }
  }

  /** A branch without a host of its own would be built for nobody to see. */
  #checkHosts(builds: readonly BranchUpdate[], webspace: Webspace): void {
    for (const { branch } of builds) {
      const host = hostsOf(webspace, branch, this.addressing)[0] ?? ''
      const owner = this.hosts.ownerOf(host)
      if (owner !== undefined && owner !== webspace.metadata.name) {
        throw coreError('WS_PUSH_HOST_TAKEN', `${host} belongs to another webspace`)
      }
    }
  }
}

/**
 * The old values are what the pusher saw; another push may have moved a ref since. Called again under the branch's
 * lock.
 * @throws WS_PUSH_STALE, WS_PUSH_REF_COLLISION
 */
export async function checkRefs(updates: readonly RefUpdate[], repository: PushedRepository): Promise<void> {
  const refs = new Map(await repository.refs())
  for (const { ref, old } of updates) {
    if (refs.get(ref) !== old) throw coreError('WS_PUSH_STALE', `${ref} has moved on the server`)
  }
  for (const update of updates) {
    if (update.new === undefined) refs.delete(update.ref)
    else refs.set(update.ref, update.new)
  }
  for (const update of updates) {
    if (update.new !== undefined && update.old === undefined) checkCollision(update.ref, refs)
  }
}

function checkCollision(ref: string, refs: ReadonlyMap<string, string>): void {
  for (const other of refs.keys()) {
    if (other.startsWith(`${ref}/`) || ref.startsWith(`${other}/`)) {
      throw coreError('WS_PUSH_REF_COLLISION', `${ref} cannot stand beside ${other}`)
    }
  }
}

async function checkHistory(
  update: BranchUpdate,
  options: PushOptions,
  webspace: Webspace,
  repository: PushedRepository,
): Promise<void> {
  const { ref, branch, commit, old } = update
  const type = await repository.objectType(commit)
  if (type !== 'commit') throw coreError('WS_PUSH_NOT_A_COMMIT', `${ref} would point at a ${type ?? 'missing object'}`)
  if (await repository.lacksHistory(commit)) throw coreError('WS_PUSH_SHALLOW', `${ref} lacks part of its history`)
  if (branch !== webspace.spec.branch || old === undefined || (await repository.isAncestor(old, commit))) return
  if (options.force && webspace.spec.forcePush) return
  throw coreError(
    'WS_PUSH_NON_FAST_FORWARD',
    `${branch} would lose commits that are live`,
    webspace.spec.forcePush ? { remedy: 'Integrate them (git pull --rebase), or push with --force -o force.' } : {},
  )
}

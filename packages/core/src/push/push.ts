import type { ResourceCaches } from '../cache/resource-caches.ts'
import type { Addressing } from '../contracts/addressing.ts'
import type { IncomingPush, PushIo, PushReceipt, PushReceiver } from '../contracts/push.ts'
import type { Clock, Logger } from '../contracts/system.ts'
import { coreError } from '../errors/catalogue.ts'
import { describeError } from '../errors/error.ts'
import type { PlatformConfig } from '../plugin/config.ts'
import { inject, injectable } from '../plugin/injection.ts'
import {
  ADDRESSING,
  CLOCK,
  CONFIG,
  HOST_OWNERS,
  IMAGES,
  LOGGER,
  RELEASES,
  RESOURCE_CACHES,
} from '../plugin/tokens.ts'
import type { Release } from '../resources/release.ts'
import type { Webspace } from '../resources/webspace.ts'
import { hostsOf, type HostOwners } from '../workload/hosts.ts'
import { refuseSuspended } from './access.ts'
import { BranchLocks, type BranchLock } from './branch-locks.ts'
import type { BranchImage, Images } from './images.ts'
import { parsePushOptions, type PushOptions } from './options.ts'
import { checkRefs, preflight } from './preflight.ts'
import type { Releases } from './releases.ts'
import { followRollout } from './rollout.ts'
import { sortUpdates, type SortedUpdates } from './updates.ts'

/**
 * The life of a push, from the refs that are asked for to the site that answers:
 *
 *   preflight → lock → image (known or built) → Release Pending │ git moves the refs │ Release Accepted → rollout
 *
 * Nothing that costs time starts before everything cheap has been checked, and nothing is written before the images
 * of all branches of the push exist.
 */
@injectable()
export class PushRules implements PushReceiver {
  readonly #locks = new BranchLocks()

  constructor(
    @inject(IMAGES) private readonly images: Images,
    @inject(RELEASES) private readonly releases: Releases,
    @inject(RESOURCE_CACHES) private readonly caches: ResourceCaches,
    @inject(HOST_OWNERS) private readonly hosts: HostOwners,
    @inject(ADDRESSING) private readonly addressing: Addressing,
    @inject(CONFIG) private readonly config: PlatformConfig,
    @inject(CLOCK) private readonly clock: Clock,
    @inject(LOGGER) private readonly logger: Logger,
  ) {}

  async receive(push: IncomingPush, io: PushIo): Promise<PushReceipt> {
    const options = parsePushOptions(push.options)
    const updates = sortUpdates(push.updates, this.config.push.maxRefs)
    const webspace = this.#webspace(push.webspace)
    const context = {
      webspace,
      releases: [...this.caches.releases.values()],
      addressing: this.addressing,
      hosts: this.hosts,
      now: this.clock.now(),
    }
    await preflight(push, updates, options, context)
    const locks = await this.#lock(push, updates, io.signal)
    const releases: Release[] = []
    try {
      const signal = AbortSignal.any([io.signal, ...locks.map((lock) => lock.signal)])
      // The refs may have moved while this push waited for its turn.
      await checkRefs(push.updates, push.repository)
      const images: BranchImage[] = []
      for (const update of updates.builds) {
        images.push(await this.images.make({ push, update, webspace, options }, { signal, log: io.log }))
      }
      signal.throwIfAborted()
      for (const lock of locks) lock.commit()
      for (const image of images) releases.push(await this.#writeRelease(push, image))
    } catch (error) {
      await this.#undo(releases, locks)
      throw error
    }
    this.logger.info('push built', { push: push.id, webspace: push.webspace, releases: releases.map(nameOf) })
    return {
      settle: (settleIo) => this.#settle(push, webspace, options, updates, releases, locks, settleIo),
      abandon: () => this.#undo(releases, locks),
    }
  }

  /** Looked up anew before the Release is written: the Webspace may have been changed during the build. */
  #webspace(name: string): Webspace {
    const webspace = this.caches.webspaces.get(name)
    const customer = webspace && this.caches.customers.get(webspace.spec.customer)
    if (webspace === undefined || customer === undefined || webspace.metadata.deletionTimestamp !== undefined) {
      throw coreError('WS_NOT_FOUND', `no webspace ${JSON.stringify(name.slice(0, 80))} with a customer`)
    }
    refuseSuspended(webspace, customer)
    return webspace
  }

  /** Always in the same order, so that two pushes of several branches never wait for each other. */
  async #lock(push: IncomingPush, updates: SortedUpdates, signal: AbortSignal): Promise<BranchLock[]> {
    const branches = [...updates.builds.map(({ branch }) => branch), ...updates.deletions].sort()
    const locks: BranchLock[] = []
    try {
      for (const branch of branches) {
        locks.push(await this.#locks.acquire(`${push.webspace}/${branch}`, push.id, signal))
      }
    } catch (error) {
      await this.#undo([], locks)
      throw error
    }
    return locks
  }

  #writeRelease(push: IncomingPush, made: BranchImage): Promise<Release> {
    const { update, image, buildKey, port, healthPath, subject } = made
    return this.releases.createPending(this.#webspace(push.webspace), {
      push: push.id,
      branch: update.branch,
      commit: update.commit,
      image,
      buildKey,
      port,
      healthPath,
      source: push.source,
      author: push.pusher,
      message: subject,
    })
  }

  async #undo(releases: readonly Release[], locks: readonly BranchLock[]): Promise<void> {
    for (const release of releases) await this.releases.takeBack(release)
    for (const lock of locks) lock.release()
  }

  async #settle(
    push: IncomingPush,
    webspace: Webspace,
    options: PushOptions,
    updates: SortedUpdates,
    releases: readonly Release[],
    locks: readonly BranchLock[],
    io: PushIo,
  ): Promise<void> {
    const accepted: Release[] = []
    try {
      for (const release of releases) accepted.push(await this.releases.accept(release))
      for (const branch of updates.deletions) await this.releases.retireBranch(push.webspace, branch)
    } catch (error) {
      // The refs have moved, so the push is accepted whatever happens here; the sweep does the rest.
      this.logger.warn('push not settled', { push: push.id, webspace: push.webspace, error })
      describeError(error).forEach((line) => io.log(line))
      io.log('The push is accepted; it goes live as soon as the platform can write again.')
      return
    } finally {
      for (const lock of locks) lock.release()
    }
    this.logger.info('push accepted', { push: push.id, webspace: push.webspace, releases: accepted.map(nameOf) })
    for (const branch of updates.deletions) io.log(`-----> ${branch} is deleted, and its site is taken down`)
    await Promise.all(accepted.map((release) => this.#follow(webspace, release, accepted.length, options, io)))
  }

  async #follow(
    webspace: Webspace,
    release: Release,
    together: number,
    options: PushOptions,
    io: PushIo,
  ): Promise<void> {
    const { branch } = release.spec
    const url = this.addressing.siteUrl(hostsOf(webspace, branch, this.addressing)[0] ?? '')
    io.log(`-----> ${nameOf(release)} (${branch})`)
    if (options.noWait) {
      io.log(`       Rolling out; it will be at ${url}`)
      return
    }
    const prefix = together > 1 ? `       ${branch}: ` : '       '
    const waitMs = this.config.push.rolloutWaitMs
    await followRollout(nameOf(release), url, this.caches, this.clock, io, { waitMs, prefix })
  }
}

function nameOf(release: Release): string {
  return release.metadata.name
}

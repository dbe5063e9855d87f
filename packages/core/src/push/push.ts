import type { IncomingPush, PushIo, PushReceipt, PushReceiver } from '../contracts/push.ts'
import type { Logger } from '../contracts/system.ts'
import { describeError } from '../errors/error.ts'
import { inject, injectable } from '../plugin/injection.ts'
import { IMAGES, LOGGER, PREFLIGHT, PUSH_TIMER, RELEASES, ROLLOUTS } from '../plugin/tokens.ts'
import type { Release } from '../resources/release.ts'
import { BranchLocks, type BranchLock } from './branch-locks.ts'
import type { BranchImage, Images } from './images.ts'
import { checkRefs, type CheckedPush, type Preflight } from './preflight.ts'
import type { PushTimer } from './push-timer.ts'
import type { Releases } from './releases.ts'
import type { Rollouts } from './rollouts.ts'
import type { SortedUpdates } from './updates.ts'

/** What a push that is undone has to give back. */
interface Begun {
  readonly releases: readonly Release[]
  readonly images: readonly BranchImage[]
  readonly locks: readonly BranchLock[]
}

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
    @inject(PREFLIGHT) private readonly preflight: Preflight,
    @inject(IMAGES) private readonly images: Images,
    @inject(RELEASES) private readonly releases: Releases,
    @inject(ROLLOUTS) private readonly rollouts: Rollouts,
    @inject(LOGGER) private readonly logger: Logger,
    @inject(PUSH_TIMER) private readonly timer: PushTimer,
  ) {}

  async receive(push: IncomingPush, io: PushIo): Promise<PushReceipt> {
    const checked = await this.timer.time('preflight', () => this.preflight.check(push))
    const locks = await this.timer.time('lock', () => this.#lock(push, checked.updates, io.signal))
    const images: BranchImage[] = []
    const releases: Release[] = []
    try {
      const signal = AbortSignal.any([io.signal, ...locks.map((lock) => lock.signal)])
      // The refs may have moved while this push waited for its turn.
      await checkRefs(push.updates, push.repository)
      for (const update of checked.updates.builds) {
        images.push(await this.images.make({ push, update, ...checked }, { signal, log: io.log }))
      }
      signal.throwIfAborted()
      for (const lock of locks) lock.commit()
      for (const image of images) {
        releases.push(await this.timer.time('release', () => this.#writeRelease(push, image)))
      }
    } catch (error) {
      await this.#undo({ releases, images, locks })
      throw error
    }
    this.logger.info('push built', { push: push.id, webspace: push.webspace, releases: releases.map(nameOf) })
    return {
      settle: async (settleIo) => {
        const accepted = await this.timer.time('accept', () =>
          this.#accept(push, checked.updates, releases, locks, settleIo),
        )
        await this.#follow(checked, accepted, settleIo)
      },
      abandon: () => this.#undo({ releases, images, locks }),
    }
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
      await this.#undo({ releases: [], images: [], locks })
      throw error
    }
    return locks
  }

  async #writeRelease(push: IncomingPush, made: BranchImage): Promise<Release> {
    const { update, image, buildKey, port, healthPath, subject, hold } = made
    // Looked up anew: the Webspace may have been changed, suspended or deleted during the build.
    const release = await this.releases.createPending(this.preflight.webspace(push.webspace), {
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
    hold.namedBy(release)
    return release
  }

  async #undo({ releases, images, locks }: Begun): Promise<void> {
    for (const release of releases) await this.releases.takeBack(release)
    for (const { hold } of images) hold.drop()
    for (const lock of locks) lock.release()
  }

  /** The refs have moved, so the push is accepted whatever happens here; what cannot be written now, the sweep writes. */
  async #accept(
    push: IncomingPush,
    updates: SortedUpdates,
    releases: readonly Release[],
    locks: readonly BranchLock[],
    io: PushIo,
  ): Promise<Release[]> {
    const accepted: Release[] = []
    try {
      for (const release of releases) accepted.push(await this.releases.accept(release))
      for (const branch of updates.deletions) {
        await this.releases.retireBranch(push.webspace, branch)
        io.log(`-----> ${branch} is deleted, and its site is taken down`)
      }
      this.logger.info('push accepted', { push: push.id, webspace: push.webspace, releases: accepted.map(nameOf) })
    } catch (error) {
      this.logger.warn('push not settled', { push: push.id, webspace: push.webspace, error })
      describeError(error).forEach((line) => io.log(line))
      io.log('The push is accepted; it goes live as soon as the platform can write again.')
    } finally {
      for (const lock of locks) lock.release()
    }
    return accepted
  }

  async #follow({ webspace, options }: CheckedPush, releases: readonly Release[], io: PushIo): Promise<void> {
    await Promise.all(
      releases.map(async (release) => {
        const { branch } = release.spec
        const url = this.rollouts.urlOf(webspace, branch)
        const indent = releases.length > 1 ? `       ${branch}: ` : '       '
        io.log(`-----> ${nameOf(release)} (${branch})`)
        if (options.noWait) io.log(`${indent}Rolling out; it will be at ${url}`)
        else await this.#followRollout(release, url, { ...io, log: (line) => io.log(indent + line) })
      }),
    )
  }

  async #followRollout(release: Release, url: string, io: PushIo): Promise<void> {
    await this.timer.time(
      'rollout',
      () => this.rollouts.follow(release, url, io),
      (result) => result,
    )
  }
}

function nameOf(release: Release): string {
  return release.metadata.name
}

import type { ResourceCaches } from '../cache/resource-caches.ts'
import type { Addressing } from '../contracts/addressing.ts'
import type { PhaseResult } from '../contracts/push-observer.ts'
import type { PushIo } from '../contracts/push.ts'
import type { Clock } from '../contracts/system.ts'
import type { PlatformConfig } from '../plugin/config.ts'
import { inject, injectable } from '../plugin/injection.ts'
import { ADDRESSING, CLOCK, CONFIG, RESOURCE_CACHES } from '../plugin/tokens.ts'
import type { Release, Rollout } from '../resources/release.ts'
import type { Webspace } from '../resources/webspace.ts'
import { siteUrlOf } from '../workload/hosts.ts'

/** Tells pushers how the rollout of what they pushed goes. */
@injectable()
export class Rollouts {
  constructor(
    @inject(RESOURCE_CACHES) private readonly caches: ResourceCaches,
    @inject(ADDRESSING) private readonly addressing: Addressing,
    @inject(CONFIG) private readonly config: PlatformConfig,
    @inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Where a branch is, or will be. */
  urlOf(webspace: Webspace, branch: string): string {
    return siteUrlOf(webspace, branch, this.addressing)
  }

  /**
   * Resolves when the rollout is done, has failed, is not waited for any longer, or the pusher has gone. Never throws:
   * the push has been accepted, and what happens now is told and not promised. Returns how it ended.
   */
  async follow(release: Release, url: string, io: PushIo): Promise<PhaseResult> {
    const { name } = release.metadata
    const done = new AbortController()
    let told = ''
    let unsubscribe: () => void = () => undefined
    const ended = new Promise<PhaseResult>((resolve) => {
      const look = (seen: Release | undefined): void => {
        const rollout = seen?.status?.rollout
        if (rollout === undefined) return
        const lines = describe(rollout, url)
        if (lines.join('\n') !== told) lines.forEach((line) => io.log(line))
        told = lines.join('\n')
        if (rollout.phase !== 'Progressing') resolve(RESULTS[rollout.phase])
      }
      unsubscribe = this.caches.releases.onChange(({ key, now }) => {
        if (key === name) look(now)
      })
      look(this.caches.releases.get(name))
    })
    const left = this.clock
      .sleep(this.config.push.rolloutWaitMs, AbortSignal.any([io.signal, done.signal]))
      .then(
        () => io.log(`Still rolling out; it goes on by itself. It will be at ${url}`),
        () => undefined,
      )
      .then((): PhaseResult => 'cancelled')
    try {
      return await Promise.race([ended, left])
    } finally {
      unsubscribe()
      done.abort()
    }
  }
}

const RESULTS = { Live: 'success', Failed: 'failed', Superseded: 'cancelled' } as const

function describe(rollout: Rollout, url: string): string[] {
  const because = rollout.message === undefined ? '' : `: ${rollout.message}`
  switch (rollout.phase) {
    case 'Live':
      return rollout.replicas === 0 ? [`Deployed with 0 replicas: nothing serves ${url}`] : [`Live at ${url}`]
    case 'Superseded':
      return ['A newer release took the place of this one']
    case 'Failed':
      return [
        `The rollout failed${because}`,
        ...(rollout.log ?? []).map((line) => `| ${line}`),
        'The push was accepted and the former version keeps serving; push a fix to replace this one',
      ]
    case 'Progressing':
      // Nothing has taken it up yet.
      if (rollout.replicas === 0) return []
      return [`Rolling out: ${rollout.readyReplicas} of ${rollout.replicas} ready${because}`]
  }
}

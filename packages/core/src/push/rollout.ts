import type { ResourceCaches } from '../cache/resource-caches.ts'
import type { PushIo } from '../contracts/push.ts'
import type { Clock } from '../contracts/system.ts'
import type { Release, Rollout } from '../resources/release.ts'

export interface FollowOptions {
  readonly waitMs: number
  /** Put before each line where several rollouts are followed at once. */
  readonly prefix: string
}

/**
 * Tells a pusher how the rollout of a Release goes, until it is done, has failed, or the time is over. It never
 * throws: the push has been accepted, and what happens now is told and not promised.
 */
export async function followRollout(
  name: string,
  url: string,
  caches: ResourceCaches,
  clock: Clock,
  io: PushIo,
  options: FollowOptions,
): Promise<void> {
  const say = (line: string): void => io.log(`${options.prefix}${line}`)
  const over = new AbortController()
  const stop = AbortSignal.any([io.signal, over.signal])
  let told = ''
  let unsubscribe: () => void = () => undefined
  const ended = new Promise<void>((resolve) => {
    const look = (release: Release | undefined): void => {
      const rollout = release?.status?.rollout
      if (rollout === undefined) return
      const lines = describe(rollout, url)
      if (lines.join('\n') !== told) lines.forEach(say)
      told = lines.join('\n')
      if (rollout.phase !== 'Progressing') resolve()
    }
    unsubscribe = caches.releases.onChange(({ key, now }) => {
      if (key === name) look(now)
    })
    look(caches.releases.get(name))
  })
  const late = clock.sleep(options.waitMs, stop).then(
    () => say(`Still rolling out; it goes on by itself. It will be at ${url}`),
    () => undefined,
  )
  try {
    await Promise.race([ended, late])
  } finally {
    unsubscribe()
    over.abort()
  }
}

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
        ...(rollout.log ?? []).map((line) => `       | ${line}`),
        'The push was accepted and the former version keeps serving; push a fix to replace this one',
      ]
    case 'Progressing':
      return [`Rolling out: ${rollout.readyReplicas} of ${rollout.replicas} ready${because}`]
  }
}

import { hasCode, type Clock, type Cluster, type ObjectKey } from '@webspaces/core'
import { Lease, microTime } from './lease.ts'

/** Who holds the lease, as far as one look or one try could tell. */
export type Claim = 'held' | 'taken' | 'unknown'

export interface CandidateOptions {
  readonly cluster: Pick<Cluster, 'get' | 'create' | 'patch'>
  readonly clock: Pick<Clock, 'now'>
  /** Milliseconds that only ever go on, at the speed of time. */
  readonly elapsed: () => number
  readonly lease: Required<ObjectKey>
  /** Of this process alone, and of no earlier one. */
  readonly identity: string
  readonly leaseMs: number
}

/**
 * One process's dealings with the Lease. All writes are conditional, so of two that take it at once one is refused.
 *
 * The times in the Lease are for people: machines' clocks differ. Whether it has run out is judged by how long this
 * process has seen it unchanged.
 */
export class Candidate {
  readonly #options: CandidateOptions
  #seen: Lease | undefined
  #seenAt = 0

  constructor(options: CandidateOptions) {
    this.#options = options
  }

  /** Takes the Lease if nobody has it, or whoever had it has let it run out. */
  async claim(): Promise<Claim> {
    const { identity, elapsed } = this.#options
    const lease = await this.#look()
    if (lease === undefined) return this.#create()
    const { holderIdentity = '', leaseDurationSeconds = 0, leaseTransitions = 0 } = lease.spec
    if (holderIdentity === identity) return this.renew()
    const runsOutAt = this.#seenAt + leaseDurationSeconds * 1000
    if (holderIdentity !== '' && elapsed() < runsOutAt) return 'taken'
    return this.#write({ ...this.#holding(), leaseTransitions: leaseTransitions + 1 })
  }

  /** Says that this process still holds the Lease. */
  async renew(): Promise<Claim> {
    return this.#write({ renewTime: microTime(this.#options.clock.now()) })
  }

  /** Gives the Lease back, so that nobody has to wait until it has run out. */
  async release(): Promise<void> {
    const { clock, identity } = this.#options
    if (this.#seen?.spec.holderIdentity !== identity) return
    await this.#write({ holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime(clock.now()) })
  }

  async #look(): Promise<Lease | undefined> {
    try {
      const lease = await this.#options.cluster.get(Lease, this.#options.lease)
      if (lease.metadata.resourceVersion !== this.#seen?.metadata.resourceVersion) this.#seeAt(lease)
      return lease
    } catch (error) {
      if (hasCode(error, 'WS_NOT_FOUND')) return undefined
      throw error
    }
  }

  async #create(): Promise<Claim> {
    const { cluster, lease } = this.#options
    const { apiVersion, kind } = Lease
    try {
      this.#seeAt(
        await cluster.create(Lease, {
          apiVersion,
          kind,
          metadata: lease,
          spec: { ...this.#holding(), leaseTransitions: 0 },
        }),
      )
      return 'held'
    } catch (error) {
      if (hasCode(error, 'WS_ALREADY_EXISTS')) return 'taken'
      throw error
    }
  }

  async #write(spec: Lease['spec']): Promise<Claim> {
    const { cluster, lease, identity } = this.#options
    const resourceVersion = this.#seen?.metadata.resourceVersion
    try {
      this.#seeAt(await cluster.patch(Lease, lease, { metadata: { resourceVersion }, spec }))
      return 'held'
    } catch (error) {
      if (!hasCode(error, 'WS_CONFLICT', 'WS_NOT_FOUND')) throw error
      // Another has it; or this process wrote it, and the answer was lost on the way.
      const current = await this.#look()
      return current?.spec.holderIdentity === identity ? 'unknown' : 'taken'
    }
  }

  #holding(): Lease['spec'] {
    const { clock, identity, leaseMs } = this.#options
    const now = microTime(clock.now())
    return { holderIdentity: identity, leaseDurationSeconds: leaseMs / 1000, acquireTime: now, renewTime: now }
  }

  #seeAt(lease: Lease): void {
    this.#seen = lease
    this.#seenAt = this.#options.elapsed()
  }
}

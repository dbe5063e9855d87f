import type { Clock, Cluster, Logger, ObjectKey, Part } from '@webspaces/core'
import type { Leadership } from '../../controller/leadership.ts'
import { operatorError } from '../../errors.ts'
import { Candidate, type Claim } from './candidate.ts'

export interface LeaseTimes {
  /** Others wait so long after the last sign of life. A multiple of 1000. Milliseconds. */
  readonly leaseMs: number
  /** A leader that could not renew for so long stops; less than `leaseMs`, so that it has stopped when another begins. */
  readonly renewMs: number
  /** Between two tries, of leader and candidates. */
  readonly retryMs: number
}

/**
 * Shorter than client-go's, with which 20 s can pass before another takes over: it looks at the Lease every `retryMs` and
 * a fifth, sees the last renewal so much late at the worst, and so much late that the Lease has run out. Here that is
 * 15.6 s in all.
 */
const LEASE_TIMES: LeaseTimes = { leaseMs: 12_000, renewMs: 8_000, retryMs: 1_500 }

export interface LeaseElectionOptions {
  readonly cluster: Pick<Cluster, 'get' | 'create' | 'patch'>
  readonly clock: Clock
  readonly logger: Logger
  readonly lease: Required<ObjectKey>
  readonly identity: string
  readonly times?: Partial<LeaseTimes>
  /** Milliseconds that only ever go on. Left out: the machine's monotonic clock. */
  readonly elapsed?: () => number
}

/**
 * Leadership by a Lease in the cluster, as client-go does it.
 *
 * A term that cannot be renewed ends: its signal aborts, with WS_LEADERSHIP_LOST as the reason, seconds before another
 * process may take over. The process lives on as a candidate. It need not end, as it would with controller-runtime: its
 * controllers stop and begin anew with every term, and the same process may be in the middle of pushes.
 */
export class LeaseElection implements Leadership, Part {
  readonly name = 'leader election'
  /** Before the controllers, and so stopped after them: the Lease is given back when nothing works any more. */
  readonly stage = 'cache'
  readonly #options: LeaseElectionOptions
  readonly #times: LeaseTimes
  readonly #elapsed: () => number
  readonly #candidate: Candidate
  readonly #stop = new AbortController()
  #term: AbortController | undefined
  #waiting: (() => void)[] = []
  #running: Promise<void> = Promise.resolve()

  constructor(options: LeaseElectionOptions) {
    this.#options = options
    this.#times = { ...LEASE_TIMES, ...options.times }
    this.#elapsed = options.elapsed ?? (() => performance.now())
    this.#candidate = new Candidate({ ...options, elapsed: this.#elapsed, leaseMs: this.#times.leaseMs })
  }

  get leading(): boolean {
    return this.#term !== undefined
  }

  async term(signal: AbortSignal): Promise<AbortSignal> {
    while (this.#term === undefined) {
      signal.throwIfAborted()
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve)
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
    }
    return this.#term.signal
  }

  /** Resolves at once: to stand by is work as well. */
  start(): Promise<void> {
    this.#running = this.#run(this.#stop.signal)
    return Promise.resolve()
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const claimedAt = await this.#campaign(signal)
      if (claimedAt !== undefined) await this.#lead(claimedAt, signal)
    }
    const released = this.#candidate.release()
    released.catch((error: unknown) => this.#options.logger.warn('lease not given back', { error }))
    const over = new AbortController()
    await Promise.race([released.catch(() => undefined), this.#pause(this.#times.retryMs, over.signal)])
    over.abort()
  }

  /** Tries until it holds the Lease. @returns when that try began: what happened later is not known to be covered */
  async #campaign(signal: AbortSignal): Promise<number | undefined> {
    while (!signal.aborted) {
      const begun = this.#elapsed()
      if ((await this.#claim(signal)) === 'held') return begun
      // Candidates that were started together do not try together.
      await this.#pause(this.#times.retryMs * (1 + Math.random() * 0.2), signal)
    }
    return undefined
  }

  /** One that is answered too late may have succeeded: the next one finds out. */
  async #claim(signal: AbortSignal): Promise<Claim> {
    const over = new AbortController()
    const tooLate = this.#pause(this.#times.renewMs, AbortSignal.any([signal, over.signal]))
    try {
      return await Promise.race([this.#candidate.claim(), tooLate.then(() => 'unknown' as const)])
    } catch (error) {
      this.#options.logger.debug('lease not claimed', { error })
      return 'unknown'
    } finally {
      over.abort()
    }
  }

  async #lead(claimedAt: number, signal: AbortSignal): Promise<void> {
    const { logger, identity } = this.#options
    const term = new AbortController()
    this.#term = term
    for (const resume of this.#waiting.splice(0)) resume()
    logger.info('leadership gained', { identity })
    let renewedAt: number | undefined = claimedAt
    while (renewedAt !== undefined) {
      await this.#pause(this.#times.retryMs, signal)
      renewedAt = await this.#renewBefore(renewedAt + this.#times.renewMs, signal)
    }
    this.#term = undefined
    if (signal.aborted) {
      term.abort(signal.reason)
      return
    }
    const seconds = this.#times.renewMs / 1000
    const error = operatorError('WS_LEADERSHIP_LOST', `the lease could not be renewed for ${seconds} s, or was taken`)
    term.abort(error)
    logger.error('leadership lost', { identity, error })
  }

  /**
   * Undefined when it is to stop, when the Lease is another's, or at the deadline, also while the server still owes an
   * answer.
   */
  async #renewBefore(deadline: number, signal: AbortSignal): Promise<number | undefined> {
    const over = new AbortController()
    const either = AbortSignal.any([signal, over.signal])
    const tooLate = this.#pause(Math.max(0, deadline - this.#elapsed()), either).then(() => undefined)
    try {
      return await Promise.race([tooLate, this.#renew(either)])
    } finally {
      over.abort()
    }
  }

  async #renew(signal: AbortSignal): Promise<number | undefined> {
    while (!signal.aborted) {
      const begun = this.#elapsed()
      try {
        const claim = await this.#candidate.renew()
        if (claim === 'held') return begun
        if (claim === 'taken') return undefined
      } catch (error) {
        this.#options.logger.warn('lease not renewed', { error })
        await this.#pause(this.#times.retryMs / 2, signal)
      }
    }
    return undefined
  }

  async #pause(milliseconds: number, signal: AbortSignal): Promise<void> {
    // Ends early by the signal and by nothing else.
    await this.#options.clock.sleep(milliseconds, signal).catch(() => undefined)
  }
}

import { createHash } from 'node:crypto'
import type { Clock, Logger } from '@webspaces/core'
import type { Daemon } from './daemon.ts'
import { DaemonLost } from './daemon-lost.ts'

const FIRST_RETRY_MS = 1000
const LONGEST_RETRY_MS = 60_000

interface Away {
  readonly failures: number
  readonly retryAt: number
}

/** The daemons, and which of them a Webspace is built on. */
export class Daemons {
  readonly all: readonly Daemon[]
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #away = new Map<Daemon, Away>()

  constructor(all: readonly Daemon[], clock: Clock, logger: Logger) {
    this.all = all
    this.#clock = clock
    this.#logger = logger
  }

  /**
   * The daemons that answer, the Webspace's own first. One that was away is left alone for a while, unless there is no
   * other; each that does not answer is put into `lost`.
   */
  async *reachable(webspace: string, lost: DaemonLost[], signal: AbortSignal): AsyncGenerator<Daemon> {
    const preferred = rendezvous(this.all, webspace)
    const now = this.#clock.now()
    const resting = preferred.filter((daemon) => (this.#away.get(daemon)?.retryAt ?? 0) > now)
    for (const daemon of [...preferred.filter((each) => !resting.includes(each)), ...resting]) {
      try {
        await daemon.ping(signal)
      } catch (error) {
        if (!(error instanceof DaemonLost)) throw error
        this.markLost(daemon, error)
        lost.push(error)
        continue
      }
      if (this.#away.delete(daemon)) this.#logger.info('docker daemon came back', { daemon: daemon.url })
      yield daemon
    }
  }

  markLost(daemon: Daemon, error: DaemonLost): void {
    const failures = (this.#away.get(daemon)?.failures ?? 0) + 1
    const wait = Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LONGEST_RETRY_MS)
    this.#away.set(daemon, { failures, retryAt: this.#clock.now() + wait })
    this.#logger.warn('docker daemon lost', { daemon: daemon.url, failures, error })
  }
}

/**
 * Rendezvous hashing: every platform process comes to the same order without asking another, and a daemon that is added
 * or removed moves only its own share of the Webspaces.
 */
export function rendezvous<T extends { readonly url: string }>(daemons: readonly T[], webspace: string): T[] {
  const weight = ({ url }: T): string => createHash('sha256').update(`${webspace}\0${url}`).digest('hex')
  return daemons
    .map((daemon) => ({ daemon, weight: weight(daemon) }))
    .sort((a, b) => (a.weight < b.weight ? 1 : -1))
    .map(({ daemon }) => daemon)
}

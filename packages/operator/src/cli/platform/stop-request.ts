import { constants } from 'node:os'
import type { Clock, Distribution, Logger } from '@webspaces/core'

/** npm passes Ctrl-C on to the command that the terminal has already told of it. */
const SAME_WISH_MS = 500

/** The wish that the platform stop: a signal from outside, or an error that nobody has dealt with. */
export interface StopRequest {
  readonly signal: AbortSignal
  /** What the process is to end with: 0, or 1 if an error was the reason. */
  readonly exitCode: number
}

/**
 * Listens for Ctrl-C, SIGTERM, SIGHUP and unexpected errors. From the first of them the process has `forcedAfterMs`; a
 * second Ctrl-C ends it at once. (No site on this machine outlives it: each has a watcher that ends it when the
 * platform is gone.)
 */
export function listenForStop(logger: Logger, clock: Clock, forcedAfterMs: number): StopRequest {
  const request = new AbortController()
  let askedAt: number | undefined
  let exitCode = 0

  const begin = (): void => {
    askedAt = clock.now()
    setTimeout(() => {
      logger.error('platform did not stop in time and was ended')
      process.exit(1)
    }, forcedAfterMs).unref()
    request.abort()
  }

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (askedAt === undefined) {
        logger.info('stop was asked for', { signal })
        begin()
      } else if (clock.now() - askedAt > SAME_WISH_MS) {
        logger.warn('platform was ended by force', { signal })
        process.exit(128 + constants.signals[signal])
      }
    })
  }

  const fail = (error: unknown): void => {
    logger.error('unexpected error occurred, platform is stopped', { error })
    exitCode = 1
    if (askedAt === undefined) begin()
  }
  process.on('uncaughtException', fail)
  process.on('unhandledRejection', fail)

  return {
    signal: request.signal,
    get exitCode() {
      return exitCode
    },
  }
}

/** Starts a platform. A wish to stop ends the start, too, and is no failure of it: the signal tells. */
export async function startUnlessStopped(platform: Distribution, stop: AbortSignal): Promise<void> {
  try {
    await platform.start(stop)
  } catch (error) {
    if (!stop.aborted) throw error
  }
}

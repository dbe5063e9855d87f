import {
  type Clock,
  coreError,
  describeError,
  type ErrorCode,
  type Logger,
  type NewId,
  WebspacesError,
} from '@webspaces/core'
import type { SshLimits } from '../limits.ts'
import type { CommandChannel } from '../ssh/channel.ts'
import { quoted } from '../text.ts'
import type { CommandRequest, Dispatcher } from './dispatcher.ts'
import { watchProgress } from './progress.ts'
import { Slots } from './slots.ts'

export interface CommandsServices {
  readonly clock: Clock
  readonly dispatcher: Dispatcher
  readonly limits: SshLimits
  readonly logger: Logger
  readonly newId: NewId
}

/** Everything that runs for clients: counted, timed, ended with its client or with the platform, and answered. */
export class Commands {
  readonly #services: CommandsServices
  readonly #slots: Slots
  readonly #shutdown = new AbortController()
  readonly #running = new Set<Promise<void>>()
  #draining = false

  constructor(services: CommandsServices) {
    this.#services = services
    this.#slots = new Slots(services.limits.commands, services.limits.commandsPerKey)
  }

  /** Resolves when the command and everything that it started have ended. Never throws. */
  run(request: CommandRequest, channel: CommandChannel): Promise<void> {
    const running = this.#run(request, channel).finally(() => this.#running.delete(running))
    this.#running.add(running)
    return running
  }

  /** Begins nothing new, and resolves when nothing runs any more. What still does when the signal aborts is told so, and ended. */
  async drain(signal: AbortSignal): Promise<void> {
    this.#draining = true
    const force = (): void => this.#shutdown.abort(shuttingDown())
    if (signal.aborted) force()
    else signal.addEventListener('abort', force, { once: true })
    while (this.#running.size > 0) await Promise.all(this.#running)
    signal.removeEventListener('abort', force)
  }

  async #run(request: CommandRequest, channel: CommandChannel): Promise<void> {
    const { clock, dispatcher, limits, newId } = this.#services
    const id = newId()
    const command = new AbortController()
    const ended = new AbortController()
    const abort = (reason: unknown): void => command.abort(reason)
    onAbort(channel.gone, ended.signal, () => abort(coreError('WS_PUSH_CANCELLED', 'the client went away')))
    onAbort(this.#shutdown.signal, ended.signal, () => abort(this.#shutdown.signal.reason))
    void watchProgress(channel, clock, limits, ended.signal, abort)
    try {
      if (this.#draining) throw shuttingDown()
      const release = this.#slots.take(request.fingerprint)
      const code = await dispatcher.dispatch(request, { id, signal: command.signal, abort }, channel).finally(release)
      await channel.finish(code)
    } catch (error) {
      channel.ignoreInput()
      const answer = this.#report(id, request, error)
      await channel.complain(describeError(answer))
      await channel.finish(exitCode(answer.code))
    } finally {
      ended.abort()
    }
  }

  /** What the client may be told; logged here, once. */
  #report(id: string, { fingerprint, address, command }: CommandRequest, error: unknown): WebspacesError {
    const { logger } = this.#services
    const fields = { id, fingerprint, address, command: quoted(command ?? '') }
    if (!(error instanceof WebspacesError)) {
      logger.error('command failed', { ...fields, error })
      return coreError('WS_INTERNAL', `the command could not be handled (id ${id})`)
    }
    const { code } = error
    if (code === 'WS_GIT_FAILED' || code === 'WS_GIT_MISSING') logger.error('command failed', { ...fields, error })
    else logger.info('command refused', { ...fields, code })
    return error
  }
}

function shuttingDown(): WebspacesError {
  return coreError('WS_PUSH_CANCELLED', 'the platform is shutting down')
}

/** Calls back when the signal aborts, or has aborted, until `ended` does. */
function onAbort(signal: AbortSignal, ended: AbortSignal, callback: () => void): void {
  if (signal.aborted) callback()
  else signal.addEventListener('abort', callback, { once: true, signal: ended })
}

/** As a shell has them: 127 for a command that there is not, 75 (EX_TEMPFAIL) for what may work later. */
function exitCode(code: ErrorCode): number {
  switch (code) {
    case 'WS_SSH_COMMAND':
      return 127
    case 'WS_SSH_BUSY':
    case 'WS_SSH_STALLED':
    case 'WS_TIMEOUT':
    case 'WS_PUSH_CANCELLED':
      return 75
    default:
      return 1
  }
}

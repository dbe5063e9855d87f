import {
  type Access,
  type Addressing,
  type AccessMode,
  type Clock,
  coreError,
  describeError,
  hasCode,
  type Logger,
  type NewId,
  parseSshKey,
  type PushReceiver,
  type ResourceCaches,
  type Webspace,
  WebspacesError,
} from '@webspaces/core'
import type { CommandChannel } from './channel.ts'
import { type GitService, parseCommand } from './command.ts'
import { gitSshError } from './errors.ts'
import type { Git } from './git.ts'
import { greeting } from './greeting.ts'
import type { SshLimits } from './limits.ts'
import type { Maintenance } from './maintenance.ts'
import { sweepQuarantine } from './quarantine.ts'
import { Push } from './receive.ts'
import type { RepositoryStore } from './repository-store.ts'
import { Slots } from './slots.ts'
import { quoted } from './text.ts'
import { serveUpload } from './upload.ts'

/** What commands work with. */
export interface CommandServices {
  readonly access: Access
  readonly addressing: Addressing
  readonly caches: ResourceCaches
  readonly clock: Clock
  readonly git: Git
  readonly limits: SshLimits
  readonly logger: Logger
  readonly maintenance: Maintenance
  readonly newId: NewId
  readonly receiver: PushReceiver
  readonly store: RepositoryStore
}

export interface CommandRequest {
  /** The proven key. What it grants is looked up here and now, not when it was proven. */
  readonly fingerprint: string
  readonly address: string
  /** Undefined where the client asked for a shell. */
  readonly command: string | undefined
  readonly protocol: string | undefined
}

/** Runs what authenticated clients ask for. */
export class Commands {
  readonly #services: CommandServices
  readonly #slots: Slots
  readonly #shutdown = new AbortController()
  readonly #running = new Set<Promise<void>>()
  /** Pushes that run in each repository, by path. */
  readonly #pushes = new Map<string, number>()

  constructor(services: CommandServices) {
    this.#services = services
    this.#slots = new Slots(services.limits.commands, services.limits.commandsPerKey)
  }

  /** Resolves when the command and everything that it started have ended. Never throws. */
  run(request: CommandRequest, channel: CommandChannel): Promise<void> {
    const running = this.#run(request, channel).finally(() => this.#running.delete(running))
    this.#running.add(running)
    return running
  }

  /** Resolves when nothing runs any more. What still does when the signal aborts is told so, and ended. */
  async drain(signal: AbortSignal): Promise<void> {
    const force = (): void => {
      this.#shutdown.abort(coreError('WS_PUSH_CANCELLED', 'the platform is shutting down'))
    }
    if (signal.aborted) force()
    else signal.addEventListener('abort', force, { once: true })
    while (this.#running.size > 0) await Promise.all(this.#running)
    signal.removeEventListener('abort', force)
  }

  async #run(request: CommandRequest, channel: CommandChannel): Promise<void> {
    const { clock, limits, newId } = this.#services
    const id = newId()
    const command = new AbortController()
    const abort = (reason: unknown): void => command.abort(reason)
    const goneAway = (): void => abort(coreError('WS_PUSH_CANCELLED', 'the client went away'))
    const shutDown = (): void => abort(this.#shutdown.signal.reason)
    channel.gone.addEventListener('abort', goneAway, { once: true })
    this.#shutdown.signal.addEventListener('abort', shutDown, { once: true })
    if (channel.gone.aborted) goneAway()
    if (this.#shutdown.signal.aborted) shutDown()
    const ended = new AbortController()
    void watchProgress(channel, clock, limits, ended.signal, abort)
    try {
      await channel.finish(await this.#dispatch(id, request, channel, command.signal, abort))
    } catch (error) {
      await channel.complain(describeError(this.#report(id, request, error)))
      await channel.finish(exitCode(error))
    } finally {
      ended.abort()
      channel.gone.removeEventListener('abort', goneAway)
      this.#shutdown.signal.removeEventListener('abort', shutDown)
    }
  }

  async #dispatch(
    id: string,
    request: CommandRequest,
    channel: CommandChannel,
    signal: AbortSignal,
    abort: (reason: Error) => void,
  ): Promise<number> {
    const { access, addressing, git, logger, store } = this.#services
    const { fingerprint, protocol } = request
    const release = this.#slots.take(fingerprint)
    try {
      if (request.command === undefined) {
        channel.ignoreInput()
        // A key that went after login has no name here any more, and no Webspaces.
        if (!access.knows(fingerprint)) throw coreError('WS_ACCESS_DENIED', 'this key is no longer listed by any Customer')
        channel.print(greeting(access, addressing, fingerprint))
        return 0
      }
      const { service, repository } = parseCommand(request.command)
      const webspace = access.authorize(fingerprint, repository, modeOf(service))
      const path = await store.ensure(repository, webspace.spec.branch)
      logger.info('command started', { id, service, webspace: repository, fingerprint, address: request.address })
      if (service === 'git-receive-pack') {
        return await this.#push({ id, webspace, path, fingerprint, protocol, signal, abort }, channel)
      }
      return await serveUpload(git, { id, service, path, protocol, signal }, channel)
    } catch (error) {
      channel.ignoreInput()
      throw error
    } finally {
      release()
    }
  }

  async #push(
    request: {
      readonly id: string
      readonly webspace: Webspace
      readonly path: string
      readonly fingerprint: string
      readonly protocol: string | undefined
      readonly signal: AbortSignal
      readonly abort: (reason: Error) => void
    },
    channel: CommandChannel,
  ): Promise<number> {
    const { access, caches, git, limits, logger, maintenance, receiver } = this.#services
    const { id, path, fingerprint, protocol, signal, abort } = request
    const { name } = request.webspace.metadata
    const push = new Push(git, receiver, limits, logger, {
      id,
      webspace: name,
      path,
      pusher: keyComment(caches, request.webspace, fingerprint) ?? fingerprint,
      protocol,
      signal,
      authorize: () => access.authorize(fingerprint, name, 'write'),
      abort,
    })
    this.#pushes.set(path, (this.#pushes.get(path) ?? 0) + 1)
    try {
      return await push.serve(channel)
    } finally {
      const left = (this.#pushes.get(path) ?? 1) - 1
      if (left > 0) this.#pushes.set(path, left)
      else this.#pushes.delete(path)
      // A killed git leaves its quarantine; that of another push that is still running must stay.
      if (signal.aborted && left === 0) await sweepQuarantine(path)
      if (push.accepted) maintenance.schedule(path)
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

/** Ends a command in which nothing moves any more, or that takes longer than any should. */
async function watchProgress(
  channel: CommandChannel,
  clock: Clock,
  limits: SshLimits,
  ended: AbortSignal,
  abort: (reason: Error) => void,
): Promise<void> {
  const deadline = clock.now() + limits.commandTimeMs
  try {
    for (;;) {
      const { moved } = channel
      await clock.sleep(Math.min(limits.stallMs, Math.max(1, deadline - clock.now())), ended)
      if (clock.now() >= deadline) {
        abort(coreError('WS_TIMEOUT', `the command took longer than ${limits.commandTimeMs / 1000} s`))
        return
      }
      if (channel.moved === moved) {
        abort(gitSshError('WS_SSH_STALLED', `nothing moved for ${limits.stallMs / 1000} s`))
        return
      }
    }
  } catch (error) {
    if (!ended.aborted) throw error
  }
}

function modeOf(service: GitService): AccessMode {
  return service === 'git-receive-pack' ? 'write' : 'read'
}

/** What the Customer's own authorized_keys line calls this key. */
function keyComment(caches: ResourceCaches, webspace: Webspace, fingerprint: string): string | undefined {
  for (const line of caches.customers.get(webspace.spec.customer)?.spec.sshKeys ?? []) {
    const result = parseSshKey(line)
    if ('key' in result && result.key.fingerprint === fingerprint && result.key.comment !== '') return result.key.comment
  }
  return undefined
}

/** As a shell has them: 127 for a command that there is not, 75 (EX_TEMPFAIL) for what may work later. */
function exitCode(error: unknown): number {
  if (hasCode(error, 'WS_SSH_COMMAND')) return 127
  return hasCode(error, 'WS_SSH_BUSY', 'WS_SSH_STALLED', 'WS_TIMEOUT', 'WS_PUSH_CANCELLED') ? 75 : 1
}

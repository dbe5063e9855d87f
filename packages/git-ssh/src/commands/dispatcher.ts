import {
  type Access,
  type AccessMode,
  type Addressing,
  coreError,
  type Logger,
  parseSshKey,
  type PushReceiver,
  type ResourceCaches,
  type Webspace,
} from '@webspaces/core'
import type { Git } from '../git/git.ts'
import type { SshLimits } from '../limits.ts'
import { Push } from '../push/receive.ts'
import type { Maintenance } from '../repositories/maintenance.ts'
import { sweepIncoming } from '../repositories/quarantine.ts'
import type { RepositoryStore } from '../repositories/repository-store.ts'
import type { CommandChannel } from '../ssh/channel.ts'
import { type GitService, parseCommand } from './command.ts'
import { greeting } from './greeting.ts'
import { serveUpload } from './upload.ts'

export interface DispatcherServices {
  readonly access: Access
  readonly addressing: Addressing
  readonly caches: ResourceCaches
  readonly git: Git
  readonly limits: SshLimits
  readonly logger: Logger
  readonly maintenance: Maintenance
  readonly receiver: PushReceiver
  readonly store: RepositoryStore
}

export interface CommandRequest {
  /** The proven key. What it grants is looked up when a command begins, not when the key was proven. */
  readonly fingerprint: string
  readonly address: string
  /** Undefined where the client asked for a shell. */
  readonly command: string | undefined
  readonly protocol: string | undefined
}

/** A command that runs. */
export interface RunningCommand {
  /** Follows it through output and logs; a push's id. */
  readonly id: string
  readonly signal: AbortSignal
  /** Ends it from within. */
  readonly abort: (reason: Error) => void
}

/** Decides what a command is, whether its client may have it run, and runs it. */
export class Dispatcher {
  readonly #services: DispatcherServices
  /** Pushes that run in each repository, by path. */
  readonly #pushes = new Map<string, number>()

  constructor(services: DispatcherServices) {
    this.#services = services
  }

  /**
   * Resolves with the exit code.
   * @throws WS_SSH_COMMAND, WS_ACCESS_DENIED, WS_SUSPENDED, WS_GIT_FAILED, and the signal's reason
   */
  async dispatch(request: CommandRequest, running: RunningCommand, channel: CommandChannel): Promise<number> {
    if (request.command === undefined) return this.#greet(request.fingerprint, channel)
    const { access, git, logger, store } = this.#services
    const { fingerprint, address, protocol } = request
    const { service, repository } = parseCommand(request.command)
    const webspace = access.authorize(fingerprint, repository, modeOf(service))
    // Whoever is let in may be faster than the reconciler: the repository is made here as well as there.
    const owner = { uid: webspace.metadata.uid ?? '', customer: webspace.spec.customer }
    const path = await store.ensure(repository, webspace.spec.branch, owner)
    logger.debug('command started', { id: running.id, service, webspace: repository, fingerprint, address })
    return service === 'git-receive-pack'
      ? this.#push(request, running, webspace, path, channel)
      : serveUpload(git, { ...running, service, path, protocol }, channel)
  }

  #greet(fingerprint: string, channel: CommandChannel): number {
    const { access, addressing } = this.#services
    // A key can go between its login and this.
    if (!access.knows(fingerprint)) throw coreError('WS_ACCESS_DENIED', 'no Customer lists this key any more')
    channel.ignoreInput()
    channel.print(greeting(access, addressing, fingerprint))
    return 0
  }

  async #push(
    { fingerprint, protocol }: CommandRequest,
    running: RunningCommand,
    webspace: Webspace,
    path: string,
    channel: CommandChannel,
  ): Promise<number> {
    const { access, caches, git, limits, logger, maintenance, receiver } = this.#services
    const { name } = webspace.metadata
    const push = new Push(git, receiver, limits, logger, {
      ...running,
      webspace: name,
      path,
      pusher: keyComment(caches, webspace, fingerprint) ?? fingerprint,
      protocol,
      authorize: () => access.authorize(fingerprint, name, 'write'),
    })
    this.#pushes.set(path, (this.#pushes.get(path) ?? 0) + 1)
    try {
      return await push.serve(channel)
    } finally {
      await this.#afterPush(path)
      if (push.accepted) maintenance.schedule(path)
    }
  }

  /** A git that was killed leaves its quarantine; that of another push, which is still running, must stay. */
  async #afterPush(path: string): Promise<void> {
    const left = (this.#pushes.get(path) ?? 1) - 1
    if (left > 0) {
      this.#pushes.set(path, left)
      return
    }
    this.#pushes.delete(path)
    await sweepIncoming(path)
  }
}

function modeOf(service: GitService): AccessMode {
  return service === 'git-receive-pack' ? 'write' : 'read'
}

/** What the Customer's own authorized_keys line calls this key. */
function keyComment(caches: ResourceCaches, webspace: Webspace, fingerprint: string): string | undefined {
  for (const line of caches.customers.get(webspace.spec.customer)?.spec.sshKeys ?? []) {
    const result = parseSshKey(line)
    if ('key' in result && result.key.fingerprint === fingerprint && result.key.comment !== '')
      return result.key.comment
  }
  return undefined
}

import type { Duplex } from 'node:stream'
import {
  coreError,
  describeError,
  type Logger,
  type PushIo,
  type PushReceipt,
  type PushReceiver,
  type RefUpdate,
  WebspacesError,
} from '@webspaces/core'
import { gitSshError } from '../errors.ts'
import { failure } from '../git/failure.ts'
import type { Git, GitProcess } from '../git/git.ts'
import type { SshLimits } from '../limits.ts'
import { QuarantinedRepository, readRefs } from '../repositories/pushed-repository.ts'
import type { CommandChannel } from '../ssh/channel.ts'
import { onHookMessage, type HookMessage } from './hook.ts'
import { lineWriter } from './lines.ts'
import { RequestGuard } from './request-guard.ts'

/** What git and the receiver get to end by themselves once a push has been given up. */
const WIND_DOWN_MS = 5000

export interface ReceiveRequest {
  readonly id: string
  readonly webspace: string
  readonly path: string
  readonly pusher: string
  readonly protocol: string | undefined
  readonly signal: AbortSignal
  /** Asked once more when the pack has arrived, which can be long after the command. @throws WS_ACCESS_DENIED */
  readonly authorize: () => void
  /** Ends the command from within. */
  readonly abort: (reason: Error) => void
}

interface Accepted {
  readonly receipt: PushReceipt
  readonly updates: readonly RefUpdate[]
}

type PreReceive = Extract<HookMessage, { hook: 'pre-receive' }>

/**
 * One push: `git receive-pack` with the client at one end and, through its hooks, the PushReceiver at the other.
 *
 *     pack arrives → pre-receive → receive() → verdict → git moves the refs → post-receive → settle()
 */
export class Push {
  readonly #git: Git
  readonly #receiver: PushReceiver
  readonly #limits: SshLimits
  readonly #logger: Logger
  readonly #request: ReceiveRequest
  #deciding: Promise<void> | undefined
  #settling: Promise<void> | undefined
  #accepted: Accepted | undefined

  constructor(git: Git, receiver: PushReceiver, limits: SshLimits, logger: Logger, request: ReceiveRequest) {
    this.#git = git
    this.#receiver = receiver
    this.#limits = limits
    this.#logger = logger
    this.#request = request
  }

  /** Resolves with git's exit code, which is 0 also where the hook refused: the client is told within the protocol. */
  async serve(channel: CommandChannel): Promise<number> {
    const { path, protocol, signal } = this.#request
    signal.throwIfAborted()
    const process = this.#git.start(['receive-pack', path], {
      pipes: 3,
      env: protocol === undefined ? {} : { GIT_PROTOCOL: protocol },
      config: [
        'receive.fsckObjects=true',
        // A backstop: RequestGuard counts the same, and says more.
        `receive.maxInputSize=${this.#limits.packBytes + 1}`,
        'receive.advertisePushOptions=true',
        'receive.autogc=false',
        'receive.denyDeletes=false',
        'receive.denyDeleteCurrent=ignore',
        'receive.denyNonFastForwards=false',
      ],
    })
    const giveUp = (): void => this.#giveUp(process)
    signal.addEventListener('abort', giveUp, { once: true })
    this.#listen(process)
    const guard = this.#forward(channel, process)
    await channel.send(process.stdout)
    const exit = await process.exited.finally(() => signal.removeEventListener('abort', giveUp))
    await this.#deciding
    await this.#settling
    if (this.#accepted !== undefined && this.#settling === undefined) await this.#settleWithoutHook()
    signal.throwIfAborted()
    if (exit.code !== 0) throw failure('git-receive-pack', this.#request.id, exit)
    // git has said what is wrong within the protocol, and ended well: without a hook, nothing was asked of anybody.
    if (guard.hasUpdates && this.#deciding === undefined) {
      throw gitSshError('WS_GIT_PACK', 'git could not take in what was sent; nothing has been changed')
    }
    return 0
  }

  /** Whether the refs may have moved. */
  get accepted(): boolean {
    return this.#accepted !== undefined
  }

  #forward(channel: CommandChannel, process: GitProcess): RequestGuard {
    const guard = new RequestGuard(this.#limits)
    channel.receive(process.stdin, (chunk) => {
      try {
        guard.check(chunk)
      } catch (error) {
        this.#request.abort(error as Error)
      }
    })
    return guard
  }

  #listen({ pipes: [control, before, after] }: GitProcess): void {
    if (control === undefined || before === undefined || after === undefined)
      throw new TypeError('three pipes are needed')
    const take = (message: HookMessage): void => {
      if (message.hook === 'pre-receive' && this.#deciding === undefined) {
        this.#deciding = this.#decide(message, control, before)
      } else if (message.hook === 'post-receive' && this.#settling === undefined) {
        this.#settling = this.#settle(message.updates, after)
      }
    }
    const tooLong = (): void => {
      this.#request.abort(gitSshError('WS_GIT_REQUEST', 'the list of refs and push options is too long'))
    }
    onHookMessage(control, 2 * this.#limits.requestBytes, take, tooLong)
  }

  /** Never throws: the verdict is written whatever happens, and no verdict is a refusal. */
  async #decide(message: PreReceive, control: Duplex, output: Duplex): Promise<void> {
    const io = { signal: this.#request.signal, log: lineWriter(output) }
    const verdict = await this.#receive(message, io).catch((error: unknown) => {
      for (const line of describeError(this.#report(error))) io.log(line)
      return undefined
    })
    this.#accepted = verdict
    output.end()
    control.write(verdict === undefined ? 'refuse\n' : 'accept\n')
  }

  async #receive({ updates, options, quarantine }: PreReceive, io: PushIo): Promise<Accepted> {
    const { id, webspace, path, pusher, signal, authorize } = this.#request
    authorize()
    const repository = new QuarantinedRepository(this.#git, path, quarantine, signal)
    try {
      const push = { id, webspace, pusher, source: 'push' as const, updates, options, repository }
      return { updates, receipt: await this.#receiver.receive(push, io) }
    } finally {
      repository.close()
    }
  }

  async #settle(moved: readonly RefUpdate[], output: Duplex): Promise<void> {
    const io = { signal: this.#request.signal, log: lineWriter(output) }
    const { updates = [], receipt } = this.#accepted ?? {}
    if (moved.length < updates.length) this.#logger.warn('git moved only some of the refs', { push: this.#request.id })
    try {
      await receipt?.settle(io)
    } catch (error) {
      for (const line of describeError(this.#report(error))) io.log(line)
    } finally {
      output.end()
    }
  }

  /** git ended between the verdict and its second hook: what counts is where the refs are now. */
  async #settleWithoutHook(): Promise<void> {
    const { receipt, updates } = this.#accepted ?? {}
    if (receipt === undefined || updates === undefined) return
    try {
      const refs = await readRefs(this.#git, this.#request.path, {})
      const moved = updates.some((update) => refs.get(update.ref) === update.new)
      if (moved) await receipt.settle({ signal: this.#request.signal, log: () => undefined })
      else await receipt.abandon()
    } catch (error) {
      this.#report(error)
    }
  }

  /** While the pack is coming in, nobody else would end git. Later, the verdict does, and the hooks' output. */
  #giveUp(process: GitProcess): void {
    if (this.#deciding === undefined) {
      process.kill()
      return
    }
    const timer = setTimeout(process.kill, WIND_DOWN_MS)
    void process.exited.catch(() => undefined).finally(() => clearTimeout(timer))
  }

  /** What the pusher may be told; the rest is for the log. */
  #report(error: unknown): WebspacesError {
    const { id, webspace } = this.#request
    if (error instanceof WebspacesError) {
      this.#logger.info('push refused', { push: id, webspace, code: error.code })
      return error
    }
    this.#logger.error('push failed', { push: id, webspace, error })
    return coreError('WS_INTERNAL', `the push could not be handled (id ${id})`)
  }
}

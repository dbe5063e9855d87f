import type { Socket } from 'node:net'
import type { Access, Clock, Logger } from '@webspaces/core'
import type { AuthContext, Connection as SshConnection, Session } from 'ssh2'
import type { Commands } from '../commands/commands.ts'
import type { SshLimits } from '../limits.ts'
import { examine } from './authentication.ts'
import type { CommandChannel } from './channel.ts'
import { useKeyObjects } from './packet-keys.ts'
import { onCommand } from './session.ts'

export interface ConnectionServices {
  readonly access: Access
  readonly clock: Clock
  readonly commands: Commands
  readonly limits: SshLimits
  readonly logger: Logger
}

const MiB = 1024 * 1024
/** ssh2 opens a window of 2 MiB for each session and does not check that a client keeps to it. */
const MAX_UNREAD = 4 * MiB
/** Answers that pile up because a client asks and does not read. Ordinary output stops far below. */
const MAX_UNSENT = 32 * MiB
/** How long a client that was told goodbye may take to hang up. */
const GOODBYE_MS = 2000

/** One client, from its first line of SSH on. */
export class Connection {
  readonly #services: ConnectionServices
  readonly #client: SshConnection
  readonly #socket: Socket
  readonly #address: string
  readonly #closed = new AbortController()
  readonly #commands = new Set<CommandChannel>()
  readonly #told = new Set<string>()
  #fingerprint: string | undefined
  #asked = false
  #tries = 0
  #refusal: string | undefined
  #sessions = 0
  #busy = new AbortController()

  constructor(client: SshConnection, socket: Socket, address: string, services: ConnectionServices) {
    this.#client = client
    this.#socket = socket
    this.#address = address
    this.#services = services
    // Without a listener, a client's broken packet would end the process.
    client.on('error', (error) => {
      services.logger.debug('ssh connection failed', { address, error })
      this.end()
    })
    client.on('authentication', (attempt) => this.#authenticate(attempt))
    client.on('session', (accept, reject) => this.#open(accept, reject))
    this.#refuseForwarding()
    socket.on('data', () => this.#checkBuffers())
    socket.once('close', () => this.#onClose())
  }

  get loggedIn(): boolean {
    return this.#fingerprint !== undefined
  }

  get busy(): boolean {
    return this.#commands.size > 0
  }

  /** Says goodbye and hangs up, also on a client that does not. */
  end(): void {
    this.#client.end()
    this.#services.clock.sleep(GOODBYE_MS, this.#closed.signal).then(
      () => this.#socket.destroy(),
      () => undefined,
    )
  }

  #authenticate(attempt: AuthContext): void {
    const { access, logger } = this.#services
    // Every client begins with `none`, to learn the methods.
    if (attempt.method === 'none' && !this.#asked) {
      this.#asked = true
      attempt.reject(['publickey'])
      return
    }
    const verdict = examine(attempt, (fingerprint) => access.knows(fingerprint))
    if (verdict.type === 'proven') {
      this.#fingerprint = verdict.fingerprint
      attempt.accept()
      logger.debug('ssh login accepted', { address: this.#address, fingerprint: verdict.fingerprint })
      this.#endWhenIdle()
      return
    }
    this.#tries += 1
    if (verdict.type === 'refused') this.#refusal = verdict.reason
    if (this.#tries > this.#services.limits.authTries) this.end()
    else if (verdict.type === 'offered') attempt.accept()
    else attempt.reject(['publickey'])
  }

  #open(accept: () => Session, reject: () => unknown): void {
    const { commands, limits } = this.#services
    const fingerprint = this.#fingerprint
    if (fingerprint === undefined || this.#sessions >= limits.sessionsPerConnection) {
      this.#refuse('session over the limit')
      reject()
      return
    }
    this.#sessions += 1
    useKeyObjects(this.#client)
    let running: Promise<void> = Promise.resolve()
    const session = accept()
    onCommand(session, this.#socket, (request, channel) => {
      this.#commands.add(channel)
      this.#busy.abort()
      running = commands.run({ ...request, fingerprint, address: this.#address }, channel).then(() => {
        this.#commands.delete(channel)
        this.#endWhenIdle()
      })
    })
    session.once('close', () => {
      // A session counts until what ran in it has ended, or a client could start more by closing early.
      void running.then(() => {
        this.#sessions -= 1
      })
    })
  }

  #refuseForwarding(): void {
    this.#client.on('tcpip', (_accept, reject) => {
      this.#refuse('port forward')
      reject()
    })
    this.#client.on('openssh.streamlocal', (_accept, reject) => {
      this.#refuse('socket forward')
      reject()
    })
    // ssh2 gives no function where the client wants no answer.
    this.#client.on('request', (_accept: unknown, reject: (() => void) | undefined) => {
      this.#refuse('remote forward')
      reject?.()
    })
  }

  /** Each kind is logged once a connection, so that a client cannot fill the log. */
  #refuse(kind: string): void {
    if (this.#told.has(kind)) return
    this.#told.add(kind)
    this.#services.logger.info('ssh request refused', { kind, address: this.#address, fingerprint: this.#fingerprint })
  }

  /** Hangs up if no command is asked for in a while; sessions in which nothing runs do not count. */
  #endWhenIdle(): void {
    if (this.busy || this.#closed.signal.aborted) return
    this.#busy = new AbortController()
    const signal = AbortSignal.any([this.#busy.signal, this.#closed.signal])
    this.#services.clock.sleep(this.#services.limits.idleMs, signal).then(
      () => this.end(),
      () => undefined,
    )
  }

  #checkBuffers(): void {
    const overrun = [...this.#commands].some((channel) => channel.unread > MAX_UNREAD)
    if (!overrun && this.#socket.writableLength <= MAX_UNSENT) return
    this.#refuse('more data than was asked for')
    this.#socket.destroy()
  }

  #onClose(): void {
    this.#closed.abort()
    if (this.loggedIn || this.#refusal === undefined) return
    const { logger } = this.#services
    logger.info('ssh login refused', { address: this.#address, reason: this.#refusal, tries: this.#tries })
  }
}

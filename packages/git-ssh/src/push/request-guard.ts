import { coreError } from '@webspaces/core'
import { gitSshError } from '../errors.ts'
import type { SshLimits } from '../limits.ts'

const FLUSH = '0000'

/**
 * Watches what a pusher sends: first the ref updates and push options (gitprotocol-pack(5)), which git keeps in memory
 * and sets no limit, then the pack, of which git does not say by how much it is too large.
 */
export class RequestGuard {
  readonly #maxBytes: number
  readonly #maxOptions: number
  readonly #maxPackBytes: number
  #bytes = 0
  #pending = Buffer.alloc(0)
  #section: 'updates' | 'options' | 'over' = 'updates'
  #first = true
  #takesOptions = false
  #options = 0
  #packBytes = 0

  constructor(limits: Pick<SshLimits, 'requestBytes' | 'pushOptions' | 'packBytes'>) {
    this.#maxBytes = limits.requestBytes
    this.#maxOptions = limits.pushOptions
    this.#maxPackBytes = limits.packBytes
  }

  /** Whether any ref is to be moved: a client with nothing to push says so and sends no pack. */
  get hasUpdates(): boolean {
    return !this.#first
  }

  /** @throws WS_GIT_REQUEST, WS_PUSH_TOO_LARGE */
  check(chunk: Buffer): void {
    if (this.#section === 'over') this.#countPack(chunk)
    else this.#checkRequest(chunk)
  }

  #checkRequest(chunk: Buffer): void {
    this.#pending = Buffer.concat([this.#pending, chunk])
    for (let line = this.#nextLine(); line !== undefined; line = this.#nextLine()) this.#take(line)
    if (this.#section === 'over') {
      this.#countPack(this.#pending)
      this.#pending = Buffer.alloc(0)
    }
  }

  #countPack(chunk: Buffer): void {
    this.#packBytes += chunk.length
    if (this.#packBytes <= this.#maxPackBytes) return
    throw coreError('WS_PUSH_TOO_LARGE', `the pushed pack is over its limit of ${this.#maxPackBytes} bytes`)
  }

  #take(line: Buffer | typeof FLUSH): void {
    if (line === FLUSH) {
      this.#section = this.#section === 'updates' && this.#takesOptions ? 'options' : 'over'
      return
    }
    this.#bytes += line.length
    if (this.#bytes > this.#maxBytes) {
      throw gitSshError('WS_GIT_REQUEST', `the list of refs and push options is over ${this.#maxBytes} bytes`)
    }
    if (this.#section === 'options') {
      this.#options += 1
      if (this.#options > this.#maxOptions) {
        throw gitSshError('WS_GIT_REQUEST', `there are more than ${this.#maxOptions} push options`)
      }
    } else if (this.#first && !line.toString('latin1', 0, 8).startsWith('shallow ')) {
      // Capabilities follow a NUL in the first update; shallow lines may come before it.
      this.#first = false
      this.#takesOptions = / push-options( |$)/.test(line.toString('latin1', line.indexOf(0) + 1).trimEnd())
    }
  }

  /** One pkt-line without its length, if it is complete. A length that is none is left for git to refuse. */
  #nextLine(): Buffer | typeof FLUSH | undefined {
    if (this.#section === 'over' || this.#pending.length < 4) return undefined
    const length = parseInt(this.#pending.toString('latin1', 0, 4), 16)
    if (length === 0) {
      this.#pending = this.#pending.subarray(4)
      return FLUSH
    }
    if (Number.isNaN(length) || length < 4) {
      this.#section = 'over'
      return undefined
    }
    if (this.#pending.length < length) return undefined
    const line = this.#pending.subarray(4, length)
    this.#pending = this.#pending.subarray(length)
    return line
  }
}

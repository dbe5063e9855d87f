import { gitSshError } from './errors.ts'

const FLUSH = '0000'

/**
 * Watches what a client sends before its pack: the ref updates and the push options (gitprotocol-pack(5)). git keeps
 * both in memory and sets them no limit.
 */
export class RequestGuard {
  readonly #maxBytes: number
  readonly #maxOptions: number
  #bytes = 0
  #pending = Buffer.alloc(0)
  #section: 'updates' | 'options' | 'over' = 'updates'
  #first = true
  #takesOptions = false
  #options = 0

  constructor(limits: { readonly requestBytes: number; readonly pushOptions: number }) {
    this.#maxBytes = limits.requestBytes
    this.#maxOptions = limits.pushOptions
  }

  /** @throws WS_GIT_REQUEST */
  check(chunk: Buffer): void {
    if (this.#section === 'over') return
    this.#pending = Buffer.concat([this.#pending, chunk])
    for (let line = this.#nextLine(); line !== undefined; line = this.#nextLine()) this.#take(line)
    // What follows the last flush is the pack, which receive.maxInputSize limits.
    if ((this.#section as string) === 'over') this.#pending = Buffer.alloc(0)
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

import { once } from 'node:events'
import type { Socket } from 'node:net'
import type { Readable, Writable } from 'node:stream'
import type { ServerChannel } from 'ssh2'
import { printable } from '../text.ts'

/** How long a client that is not reading is waited for when a command ends. */
const FLUSH_MS = 5000

/**
 * The client's end of one command: its input, output and error stream, and whether it is still there.
 *
 * ssh2's channels need care. Outgoing data is encrypted into the socket's buffer whether or not the socket takes it;
 * a write to a channel that the other side has closed never calls back; `close` is not emitted while the channel is
 * not read from.
 */
export class CommandChannel {
  readonly #channel: ServerChannel
  readonly #socket: Socket
  readonly #gone = new AbortController()
  #moved = 0

  constructor(channel: ServerChannel, socket: Socket) {
    this.#channel = channel
    this.#socket = socket
    // A broken line is told by `gone`.
    channel.on('error', () => undefined)
    channel.stderr.on('error', () => undefined)
    channel.once('close', () => this.close())
  }

  /** Aborts when there is nobody left to talk to. */
  get gone(): AbortSignal {
    return this.#gone.signal
  }

  /** Bytes that have gone either way. */
  get moved(): number {
    return this.#moved
  }

  /** Bytes that the client has sent and nobody has taken yet. */
  get unread(): number {
    return this.#channel.readableLength
  }

  /** The client has closed the channel, or lost its connection. */
  close(): void {
    this.#gone.abort()
  }

  /** Sends what a process writes, no faster than the client takes it. Resolves when the process has closed it. */
  async send(source: Readable): Promise<void> {
    const { gone } = this
    const resume = (): void => {
      if (gone.aborted || !this.#blocked) source.resume()
    }
    source.on('data', (chunk: Buffer) => {
      // Nobody listens any more; the process is let come to its end.
      if (gone.aborted) return
      this.#moved += chunk.length
      // One system call for the several pieces that each packet is written in.
      this.#socket.cork()
      this.#channel.write(chunk)
      this.#socket.uncork()
      if (this.#blocked) source.pause()
    })
    this.#channel.on('drain', resume)
    this.#socket.on('drain', resume)
    gone.addEventListener('abort', resume)
    try {
      if (!source.closed) await once(source, 'close')
    } finally {
      this.#channel.off('drain', resume)
      this.#socket.off('drain', resume)
      gone.removeEventListener('abort', resume)
    }
  }

  /** Hands what the client sends to a process, no faster than it takes it; what comes too late is thrown away. */
  receive(target: Writable, inspect: (chunk: Buffer) => void): void {
    const resume = (): void => {
      this.#channel.resume()
    }
    this.#channel.on('data', (chunk: Buffer) => {
      this.#moved += chunk.length
      inspect(chunk)
      if (target.writable && !target.write(chunk)) this.#channel.pause()
    })
    this.#channel.once('end', () => target.end())
    target.on('drain', resume).once('close', resume)
    this.#gone.signal.addEventListener('abort', () => target.destroy(), { once: true })
  }

  /** Throws away what the client sends. */
  ignoreInput(): void {
    this.#channel.resume()
  }

  /** Lines to standard output. */
  print(lines: readonly string[]): void {
    if (this.#channel.writable) this.#channel.write(lines.map((line) => `${printable(line)}\n`).join(''))
  }

  /** Lines to standard error, which git shows as they are. */
  async complain(lines: readonly string[]): Promise<void> {
    await this.#flushed(this.#channel)
    if (this.#gone.signal.aborted) return
    forgetSentChunk(this.#channel)
    this.#channel.stderr.write(lines.map((line) => `webspaces: ${printable(line)}\n`).join(''))
    await this.#flushed(this.#channel.stderr)
  }

  /** Ends the command. The exit code goes first: a client takes none after the end of output. */
  async finish(code: number): Promise<void> {
    await this.#flushed(this.#channel)
    if (this.#gone.signal.aborted) return
    this.#channel.exit(code)
    this.#channel.end()
    this.#channel.resume()
  }

  get #blocked(): boolean {
    return this.#channel.writableNeedDrain || this.#socket.writableNeedDrain
  }

  /** Resolves when everything written has gone into the connection, or the client has had its time to take it. */
  async #flushed(stream: Writable): Promise<void> {
    if (!stream.writable) return
    const waited = AbortSignal.any([this.#gone.signal, AbortSignal.timeout(FLUSH_MS)])
    await new Promise<void>((resolve) => {
      waited.addEventListener('abort', () => resolve(), { once: true })
      if (waited.aborted) resolve()
      else stream.write(Buffer.alloc(0), () => resolve())
    })
  }
}

/**
 * ssh2 1.17 keeps the last chunk that had to wait for the client's window, and sends it once more if the next to wait
 * is one on standard error.
 */
function forgetSentChunk(channel: ServerChannel): void {
  Object.assign(channel, { _chunk: undefined, _chunkcb: undefined })
}

import { gitSshError } from '../errors.ts'
import type { Git, GitProcess } from './git.ts'

export interface GitObject {
  readonly type: string
  readonly size: number
  /** Left out where it is larger than was asked for. */
  readonly content?: Buffer
}

/**
 * Reads objects through one `git cat-file --batch`, which is started when first needed and answers in the order of
 * the questions.
 */
export class ObjectReader {
  readonly #start: () => GitProcess
  #process: GitProcess | undefined
  #output: AsyncIterator<Buffer> | undefined
  #buffer = Buffer.alloc(0)
  #queue: Promise<unknown> = Promise.resolve()

  constructor(
    git: Git,
    repository: string,
    options: { readonly env: Record<string, string>; readonly signal: AbortSignal },
  ) {
    this.#start = () => git.start(['--git-dir', repository, 'cat-file', '--batch'], options)
  }

  /** Undefined where there is no such object. Content over `limit` bytes is passed over, not kept. */
  read(oid: string, limit: number): Promise<GitObject | undefined> {
    const answer = this.#queue.then(() => this.#ask(oid, limit))
    this.#queue = answer.catch(() => undefined)
    return answer
  }

  close(): void {
    this.#process?.stdin.end()
    this.#process?.stdout.destroy()
  }

  async #ask(oid: string, limit: number): Promise<GitObject | undefined> {
    if (!/^[0-9a-f]{40,64}$/.test(oid)) return undefined
    this.#process ??= this.#start()
    this.#output ??= this.#process.stdout[Symbol.asyncIterator]() as AsyncIterator<Buffer>
    this.#process.stdin.write(`${oid}\n`)
    const [, type, length] = (await this.#line()).split(' ')
    if (type === undefined || length === undefined) return undefined
    const size = Number(length)
    const content = await this.#bytes(size, size <= limit)
    await this.#bytes(1, false)
    return { type, size, ...(content === undefined ? {} : { content }) }
  }

  async #line(): Promise<string> {
    for (;;) {
      const end = this.#buffer.indexOf(0x0a)
      if (end !== -1) {
        const line = this.#buffer.toString('latin1', 0, end)
        this.#buffer = this.#buffer.subarray(end + 1)
        return line
      }
      this.#buffer = Buffer.concat([this.#buffer, await this.#chunk()])
    }
  }

  async #bytes(count: number, keep: boolean): Promise<Buffer | undefined> {
    const kept: Buffer[] = []
    for (let left = count; left > 0;) {
      if (this.#buffer.length === 0) this.#buffer = await this.#chunk()
      const part = this.#buffer.subarray(0, left)
      this.#buffer = this.#buffer.subarray(part.length)
      left -= part.length
      if (keep) kept.push(part)
    }
    return keep ? Buffer.concat(kept) : undefined
  }

  async #chunk(): Promise<Buffer<ArrayBuffer>> {
    const next = await this.#output?.next()
    if (next === undefined || next.done === true) throw gitSshError('WS_GIT_FAILED', 'git cat-file ended early')
    return Buffer.from(next.value)
  }
}

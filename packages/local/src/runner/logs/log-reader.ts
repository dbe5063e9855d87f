import { open, stat, type FileHandle } from 'node:fs/promises'
import { StringDecoder } from 'node:string_decoder'
import { setTimeout as delay } from 'node:timers/promises'

/** How often a followed file is looked at. */
const POLL_MS = 200
const CHUNK_BYTES = 64 * 1024

/** The lines of a file and of the one that was put aside before it, oldest first. At most what the two may hold. */
export async function readLines(path: string): Promise<{ readonly lines: string[]; readonly rest: Tail }> {
  const rest = new Tail(path)
  const lines = await rest.next()
  const before = await open(`${path}.1`, 'r').catch(() => undefined)
  if (before === undefined) return { lines, rest }
  try {
    // Put aside just now: it is the file whose lines we have already.
    if ((await before.stat()).ino === rest.inode) return { lines, rest }
    return { lines: [...(await before.readFile('utf8')).split('\n').slice(0, -1), ...lines], rest }
  } finally {
    await before.close()
  }
}

/** Reads a file that grows, and that is put aside and begun anew from time to time. */
export class Tail {
  readonly #path: string
  #file: FileHandle | undefined
  #inode: number | undefined
  #decoder = new StringDecoder('utf8')
  #rest = ''

  constructor(path: string) {
    this.#path = path
  }

  get inode(): number | undefined {
    return this.#inode
  }

  /** The lines that came since the last call. */
  async next(): Promise<string[]> {
    const lines = (await this.#open()) ? await this.#read() : []
    const now = await stat(this.#path).catch(() => undefined)
    if (this.#inode === undefined || now === undefined || now.ino === this.#inode) return lines
    // Another file is at the path: what was written to the former one before it was put aside, then the new one.
    lines.push(...(await this.#read()))
    await this.close()
    return [...lines, ...(await this.next())]
  }

  async *follow(signal: AbortSignal): AsyncIterable<string> {
    while (!signal.aborted) {
      yield* await this.next()
      await delay(POLL_MS, undefined, { signal }).catch(() => undefined)
    }
  }

  async close(): Promise<void> {
    await this.#file?.close()
    this.#file = undefined
    this.#inode = undefined
  }

  async #open(): Promise<boolean> {
    if (this.#file !== undefined) return true
    this.#file = await open(this.#path, 'r').catch(() => undefined)
    this.#inode = (await this.#file?.stat())?.ino
    this.#decoder = new StringDecoder('utf8')
    this.#rest = ''
    return this.#file !== undefined
  }

  async #read(): Promise<string[]> {
    const lines: string[] = []
    const buffer = Buffer.alloc(CHUNK_BYTES)
    for (;;) {
      const bytes = (await this.#file?.read(buffer, 0, buffer.length))?.bytesRead ?? 0
      if (bytes === 0) return lines
      const parts = (this.#rest + this.#decoder.write(buffer.subarray(0, bytes))).split('\n')
      this.#rest = parts.pop() ?? ''
      lines.push(...parts)
    }
  }
}

import { mkdir, open, rename, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Bytes of one file; a Deployment has two. */
const MAX_FILE_BYTES = 1024 * 1024
/** Bytes that wait for a slow disk. What comes beyond is dropped and counted. */
const MAX_PENDING_BYTES = 512 * 1024

/** Appends lines to a file, which is put aside as `<path>.1` when it is full. Never makes the writer wait. */
export class LogWriter {
  readonly #path: string
  readonly #onError: (error: unknown) => void
  #file: FileHandle | undefined
  #fileBytes = 0
  #pending: string[] = []
  #pendingBytes = 0
  #dropped = 0
  #writing: Promise<void> | undefined

  constructor(path: string, onError: (error: unknown) => void) {
    this.#path = path
    this.#onError = onError
  }

  /** `line` has no line end. */
  append(line: string): void {
    const bytes = Buffer.byteLength(line) + 1
    if (this.#pendingBytes + bytes > MAX_PENDING_BYTES) {
      this.#dropped++
      return
    }
    this.#pending.push(line)
    this.#pendingBytes += bytes
    this.#flush()
  }

  /** Writes what is pending and closes the file. */
  async close(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing
    await this.#file?.close()
    this.#file = undefined
  }

  #flush(): void {
    this.#writing ??= this.#write()
      .catch(this.#onError)
      .finally(() => {
        this.#writing = undefined
        if (this.#pending.length > 0) this.#flush()
      })
  }

  async #write(): Promise<void> {
    await Promise.resolve() // the lines of one chunk are written together
    while (this.#pending.length > 0) {
      const lines = this.#pending
      const dropped = this.#dropped
      this.#pending = []
      this.#pendingBytes = 0
      this.#dropped = 0
      if (dropped > 0) lines.push(`-\t-\t${dropped} lines were dropped: the disk is too slow for them`)
      const text = Buffer.from(`${lines.join('\n')}\n`)
      const file = await this.#room(text.length)
      await file.write(text)
      this.#fileBytes += text.length
    }
  }

  /** The file with room for so much, or an empty one. */
  async #room(bytes: number): Promise<FileHandle> {
    const file = (this.#file ??= await this.#open())
    if (this.#fileBytes === 0 || this.#fileBytes + bytes <= MAX_FILE_BYTES) return file
    this.#file = undefined
    await file.close()
    await rename(this.#path, `${this.#path}.1`)
    return (this.#file = await this.#open())
  }

  async #open(): Promise<FileHandle> {
    await mkdir(dirname(this.#path), { recursive: true })
    const file = await open(this.#path, 'a')
    this.#fileBytes = (await file.stat()).size
    return file
  }
}

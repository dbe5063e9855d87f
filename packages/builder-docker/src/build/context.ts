import { Readable } from 'node:stream'
import { coreError, hasCode } from '@webspaces/core'
import { extract, pack, type Extract, type Header, type Pack } from 'tar-stream'
import { dockerError } from '../errors.ts'
import { DOCKERFILE, DOCKERIGNORE, DockerIgnore } from './dockerignore.ts'

/** As long as the path of a file can be on Linux. */
const MAX_PATH = 4096
/** Files, folders and links of one tree. */
const MAX_ENTRIES = 250_000
const MAX_DOCKERIGNORE_BYTES = 64 * 1024

interface Entry extends AsyncIterable<unknown> {
  readonly header: Header
  resume(): unknown
}

export interface ContextOptions {
  readonly source: () => Readable
  /** Goes in as `Dockerfile` where the tree has none. */
  readonly dockerfile: string
  /** Added where the tree has no file of that path. */
  readonly files: Readonly<Record<string, string>>
  readonly ignore: DockerIgnore | undefined
  readonly maxBytes: number
}

/**
 * The build context: the pushed tree on its way from git to the daemon, one chunk of it in memory at a time.
 *
 * An entry that no repository needs (a device, a path or relative link out of the tree) ends it with
 * WS_DOCKER_CONTEXT, a tree over its limit with WS_PUSH_TOO_LARGE, a source that breaks off with
 * WS_BUILDER_UNAVAILABLE.
 */
export class BuildContext {
  /** What is sent. */
  readonly stream: Readable
  /** Why there is no more of it. */
  error: Error | undefined
  readonly #source: Readable
  readonly #pack: Pack = pack()

  constructor(options: ContextOptions) {
    this.#source = options.source()
    this.stream = Readable.from(this.#pack as AsyncIterable<Uint8Array>, { objectMode: false })
    // The stream's reader learns of an error by the stream; without a reader there is nobody to tell.
    this.stream.on('error', () => undefined)
    this.stream.once('close', () => this.#source.destroy())
    this.#copy(options).catch((error: unknown) => {
      this.error ??= error as Error
      this.#pack.destroy(error as Error)
    })
  }

  destroy(reason: Error): void {
    this.error ??= reason
    this.stream.destroy(reason)
    this.#pack.destroy(reason)
    this.#source.destroy(reason)
  }

  async #copy({ dockerfile, files, ignore, maxBytes }: ContextOptions): Promise<void> {
    const own = new Map(Object.entries({ [DOCKERFILE]: dockerfile, ...files }))
    let entries = 0
    let bytes = 0
    for await (const { entry, path } of entriesOf(this.#source)) {
      const { header } = entry
      bytes += header.size
      if (bytes > maxBytes) throw tooLarge(`the tree has more than ${maxBytes} bytes`)
      if (++entries > MAX_ENTRIES) throw tooLarge(`the tree has more than ${MAX_ENTRIES} entries`)
      // What was pushed is not replaced.
      own.delete(path)
      if (ignore?.ignores(path) === true) entry.resume()
      else await this.#send(path, header, entry)
    }
    for (const [path, content] of own) await this.#add(path, content)
    this.#pack.finalize()
  }

  async #send(path: string, { type, mode, size, mtime, linkname }: Header, entry: Entry): Promise<void> {
    if (path === DOCKERFILE && type === 'directory') throw unfit(path, 'a folder, and has to be a file')
    if (type === 'symlink') checkLink(path, linkname)
    else if (type !== 'file' && type !== 'directory') throw unfit(path, `a ${type}`)
    const sink = this.#pack.entry({
      name: path,
      type,
      mode,
      mtime,
      ...(type === 'file' ? { size } : {}),
      ...(type === 'symlink' ? { linkname } : {}),
    })
    quiet(sink)
    if (type === 'file') {
      for await (const chunk of entry) {
        if (!sink.write(chunk)) await drained(sink, this.#pack)
      }
    } else entry.resume()
    sink.end(null)
  }

  async #add(name: string, content: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      quiet(this.#pack.entry({ name, mode: 0o644 }, content, (error) => (error ? reject(error) : resolve())))
    })
  }
}

/** The tree's `.dockerignore`, from a stream of its own that is ended as soon as it is known: it is among the first. */
export async function readDockerIgnore(source: () => Readable, signal: AbortSignal): Promise<DockerIgnore | undefined> {
  const stream = source()
  const abort = (): void => void stream.destroy(signal.reason as Error)
  signal.addEventListener('abort', abort, { once: true })
  try {
    signal.throwIfAborted()
    for await (const { entry, path } of entriesOf(stream)) {
      const top = path.split('/', 1)[0] ?? ''
      if (path === DOCKERIGNORE && entry.header.type === 'file') return new DockerIgnore(await textOf(entry))
      // git's order is that of bytes.
      if (top > DOCKERIGNORE) return undefined
      entry.resume()
    }
    return undefined
  } finally {
    signal.removeEventListener('abort', abort)
    stream.destroy()
  }
}

async function textOf(entry: Entry): Promise<string> {
  if (entry.header.size > MAX_DOCKERIGNORE_BYTES) {
    throw dockerError('WS_DOCKER_DOCKERFILE', `${DOCKERIGNORE} has more than ${MAX_DOCKERIGNORE_BYTES} bytes`)
  }
  const chunks: Uint8Array[] = []
  for await (const chunk of entry) chunks.push(chunk as Uint8Array)
  return Buffer.concat(chunks).toString()
}

async function* entriesOf(source: Readable): AsyncGenerator<{ readonly entry: Entry; readonly path: string }> {
  const archive = extract()
  const feeding = feed(archive, source)
  feeding.catch((error: unknown) => archive.destroy(error as Error))
  for await (const entry of archive) {
    const path = entry.header.name.replace(/^(?:\.\/)+/, '').replace(/\/$/, '')
    if (path === '' || path === '.') {
      entry.resume()
      continue
    }
    if (path.length > MAX_PATH) throw unfit(path, `a path of more than ${MAX_PATH} characters`)
    if (path.includes('\0') || path.split('/').some((part) => part === '' || part === '.' || part === '..')) {
      throw unfit(path, 'a path out of the tree')
    }
    yield { entry, path }
  }
  await feeding
}

/** By hand: the streams of tar-stream are not Node's own, and `pipeline` does not always see them end. */
async function feed(archive: Extract, source: Readable): Promise<void> {
  try {
    for await (const chunk of source) {
      if (archive.destroyed) return
      if (!archive.write(chunk)) await drained(archive, archive)
    }
  } catch (error) {
    if (hasCode(error, 'WS_PUSH_TOO_LARGE')) throw error
    throw coreError('WS_BUILDER_UNAVAILABLE', `the pushed tree cannot be read: ${(error as Error).message}`, {
      cause: error,
    })
  }
  archive.end(null)
}

/**
 * An entry that is being written ends with the error of its archive, and an error event that nobody listens for would
 * end the platform. The archive's own error is the one that is told.
 */
function quiet(sink: ReturnType<Pack['entry']>): void {
  sink.on('error', () => undefined)
}

interface Emitter {
  on(event: 'drain' | 'close', listener: () => void): unknown
  off(event: 'drain' | 'close', listener: () => void): unknown
}

/** Until there is room again, or until there will never be. */
async function drained(sink: Emitter, whole: Emitter): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      sink.off('drain', done)
      whole.off('close', done)
      resolve()
    }
    sink.on('drain', done)
    whole.on('close', done)
  })
}

/**
 * A link within the image may lead anywhere (`/usr/bin/env`); a relative one must stay in the tree, or the daemon would
 * refuse the whole context without a word of which entry it was.
 */
function checkLink(path: string, target: string): void {
  if (target.startsWith('/')) return
  let depth = path.split('/').length - 1
  for (const part of target.split('/')) {
    if (part === '..') depth--
    else if (part !== '' && part !== '.') depth++
    if (depth < 0) throw unfit(path, `a link to ${JSON.stringify(target.slice(0, 200))}, out of the tree`)
  }
}

function unfit(path: string, what: string): Error {
  return dockerError('WS_DOCKER_CONTEXT', `${JSON.stringify(path.slice(0, 200))} is ${what}`)
}

function tooLarge(message: string): Error {
  return coreError('WS_PUSH_TOO_LARGE', message)
}

import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, open, readdir, rm, type FileHandle } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { join, resolve } from 'node:path'
import { coreError, type Logger } from '@webspaces/core'

const PREFIX = '.served-'
/** What an address of a socket holds, on Linux 107; Node 20 cuts off what is over it without a word. */
const ADDRESS_BYTES = 100

/**
 * Keeps a second git server off a folder of repositories: it would take the pushes of the first for what a crash has
 * left, and clear them away.
 *
 * Whoever serves a folder listens on a socket in it. One that answers has a living process behind it, in whichever
 * container, where a process id would mean nothing; one that does not is left from a process that was killed, and can
 * be removed, as no other ever gets its name. Each makes its own first and looks for others then: of two that start at
 * one time, at least one sees the other. On a volume that several machines share, they do not hear each other.
 */
export class FolderClaim {
  readonly #folder: string
  readonly #name = `${PREFIX}${randomUUID()}`
  readonly #logger: Logger
  #handle: FileHandle | undefined
  #socket: Server | undefined

  constructor(folder: string, logger: Logger) {
    this.#folder = resolve(folder)
    this.#logger = logger
  }

  /** @throws WS_START_FAILED if another git server has the folder */
  async take(): Promise<void> {
    await mkdir(this.#folder, { recursive: true })
    this.#handle = await open(this.#folder)
    try {
      this.#socket = await listen(this.#address(this.#name))
    } catch (error) {
      // Not every file system has sockets. Without one, all is as well as long as there is one git server.
      this.#logger.warn('folder of repositories could not be claimed', { folder: this.#folder, error })
      return
    }
    for (const entry of await readdir(this.#folder)) {
      if (!entry.startsWith(PREFIX) || entry === this.#name) continue
      if (await answers(this.#address(entry))) {
        await this.release()
        throw taken(this.#folder, entry)
      }
      await rm(join(this.#folder, entry), { force: true })
    }
  }

  async release(): Promise<void> {
    const socket = this.#socket
    if (socket !== undefined) await new Promise((closed) => socket.close(closed))
    await this.#handle?.close()
    this.#socket = this.#handle = undefined
  }

  /** By way of the open folder where there is /proc, for the folder's own path can be too long. */
  #address(name: string): string {
    const opened = `/proc/self/fd/${this.#handle?.fd ?? ''}`
    return join(existsSync(opened) ? opened : this.#folder, name)
  }
}

function listen(address: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    if (Buffer.byteLength(address) > ADDRESS_BYTES) throw new RangeError(`${address} is too long for a socket`)
    const server = createServer((socket) => socket.destroy())
    server.unref()
    server.once('error', reject)
    // Any user may ask, as each may have left one.
    server.listen({ path: address, writableAll: true }, () => {
      server.on('error', () => undefined)
      resolve(server)
    })
  })
}

/** Also where there is no telling: better not to start than to work on what is another's. */
function answers(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code !== 'ECONNREFUSED' && code !== 'ENOENT'))
  })
}

function taken(folder: string, socket: string): Error {
  return coreError('WS_START_FAILED', `another git server works on the repositories in ${folder}`, {
    remedy: `Stop it, or give this one a folder of its own. "ss -xlp" shows which process listens on ${socket}.`,
  })
}

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { localError } from '../errors.ts'
import { killMarked, MARKER } from './leftovers.ts'
import { LineSplitter } from './lines.ts'

export interface SpawnOptions {
  /** A shell command line, run by `sh -c`. */
  readonly command: string
  readonly cwd: string
  /** All of its environment, but for the marker. */
  readonly env: Readonly<Record<string, string>>
  /** Which platform starts it; see `platformTag`. */
  readonly tag: string
  /** One line of output, safe to print. */
  readonly onLine: (line: string, stream: 'stdout' | 'stderr') => void
  /** Terminates the group when it aborts. */
  readonly signal?: AbortSignal
  /** Between SIGTERM and SIGKILL when `signal` aborts. Milliseconds; 0 kills at once. */
  readonly killGraceMs?: number
}

export interface ProcessGroup {
  /** Of the leader, and of the group. */
  readonly pid: number
  /** Resolves when the leader has ended, all others of the group have been killed, and all output was handed on. */
  readonly exited: Promise<Exit>
  /** SIGTERM to the whole group, SIGKILL after `graceMs`; resolves when it has gone. */
  terminate(graceMs: number): Promise<void>
}

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/**
 * Becomes the command, beside a watcher. The watcher holds the reading end of the lifeline (descriptor 3) and nothing
 * else; only the platform holds the writing end, on which nothing is ever written. So its `read` returns exactly when
 * the platform has gone, and then it kills the group, itself included. It ignores the signals that ask the site to
 * end, and goes when the platform kills what is left of the group. The command itself gets no descriptor 3.
 */
const BESIDE_WATCHER = `
(trap '' HUP INT TERM; read -r _ <&3; kill -s KILL 0) </dev/null >/dev/null 2>&1 &
exec 3<&-
exec /bin/sh -c "$1"
`

/** How long output may still come from a process that left the group and could not be found. */
const OUTPUT_GRACE_MS = 1000

let count = 0

/**
 * Starts a command as the leader of its own process group. Nothing of the group outlives the platform, also if that is
 * killed by SIGKILL, nor the group's leader.
 * @throws WS_LOCAL_PROCESS if it cannot be started; the signal's reason if that has aborted already.
 */
export async function spawnGroup(options: SpawnOptions): Promise<ProcessGroup> {
  options.signal?.throwIfAborted()
  const marker = `${options.tag}.${process.pid}.${++count}`
  const child = spawn('/bin/sh', ['-c', BESIDE_WATCHER, 'sh', options.command], {
    cwd: options.cwd,
    env: { ...options.env, [MARKER]: marker },
    detached: true, // a new session, and so a group of its own
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  })
  const group = new ChildGroup(child, marker, options.onLine)
  try {
    await once(child, 'spawn')
  } catch (error) {
    throw localError('WS_LOCAL_PROCESS', `a process could not be started in ${options.cwd}`, { cause: error })
  }
  if (options.signal !== undefined) group.endWith(options.signal, options.killGraceMs ?? 0)
  return group
}

class ChildGroup implements ProcessGroup {
  readonly pid: number
  readonly exited: Promise<Exit>
  readonly #child: ChildProcess
  readonly #outputEnded: Promise<unknown>
  readonly #killed = new AbortController()
  #terminating = false

  constructor(child: ChildProcess, marker: string, onLine: SpawnOptions['onLine']) {
    this.#child = child
    this.pid = child.pid ?? 0
    this.#outputEnded = Promise.all([
      readLines(child.stdout, (line) => onLine(line, 'stdout')),
      readLines(child.stderr, (line) => onLine(line, 'stderr')),
    ])
    // A site may kill its own watcher; an error of the lifeline means nothing.
    child.stdio[3]?.on('error', () => undefined)
    this.exited = this.#untilGone(marker)
  }

  async terminate(graceMs: number): Promise<void> {
    this.#terminating = true
    if (graceMs > 0 && this.#signal('SIGTERM')) {
      const waiting = new AbortController()
      await Promise.race([this.exited, delay(graceMs, undefined, { signal: waiting.signal }).catch(() => undefined)])
      waiting.abort()
    }
    this.#kill()
    await this.exited
  }

  endWith(signal: AbortSignal, graceMs: number): void {
    const end = (): void => void this.terminate(graceMs)
    signal.addEventListener('abort', end, { once: true })
    void this.exited.then(() => signal.removeEventListener('abort', end))
    if (signal.aborted) end()
  }

  async #untilGone(marker: string): Promise<Exit> {
    const exit = await new Promise<Exit>((resolve) => {
      this.#child.once('exit', (code, signal) => resolve({ code, signal }))
      this.#child.once('error', () => resolve({ code: null, signal: null }))
    })
    // A shell that was asked to end goes before its children have: they have what is left of the time.
    if (this.#terminating && !this.#killed.signal.aborted)
      await Promise.race([this.#outputEnded, once(this.#killed.signal, 'abort')])
    this.#kill()
    await killMarked(marker)
    await Promise.race([this.#outputEnded, delay(OUTPUT_GRACE_MS, undefined, { ref: false })])
    for (const stream of this.#child.stdio) stream?.destroy()
    await this.#outputEnded
    return exit
  }

  /** The group's id cannot have been given to others before: the watcher stays in the group until it is killed here. */
  #kill(): void {
    if (this.#killed.signal.aborted) return
    this.#killed.abort()
    this.#signal('SIGKILL')
  }

  /** False if there is no such group. */
  #signal(signal: NodeJS.Signals): boolean {
    try {
      return this.pid !== 0 && process.kill(-this.pid, signal)
    } catch {
      return false
    }
  }
}

/** Resolves when the stream has ended or was destroyed, with its last line handed on. */
async function readLines(source: Readable | null, onLine: (line: string) => void): Promise<void> {
  if (source === null) return
  const splitter = new LineSplitter(onLine)
  source.setEncoding('utf8').on('data', (text: string) => splitter.write(text))
  source.on('error', () => undefined)
  await new Promise<void>((resolve) => source.once('close', resolve))
  splitter.end()
}

import { spawn, type ChildProcess } from 'node:child_process'
import { constants, setPriority } from 'node:os'
import type { Duplex, Readable, Writable } from 'node:stream'
import { gitSshError } from '../errors.ts'

const KILL_AFTER_MS = 2000
const STDERR_BYTES = 8192
const OUTPUT_BYTES = 64 * 1024 * 1024

export interface GitExit {
  /** Null where a signal ended it. */
  readonly code: number | null
  /** The end of what it wrote to standard error: for the log, as it may name paths of this machine. */
  readonly stderr: string
}

export interface GitProcess {
  readonly stdin: Writable
  readonly stdout: Readable
  /** File descriptor 3 and on: both directions each. */
  readonly pipes: readonly Duplex[]
  /** When it and its output have ended. @throws WS_GIT_MISSING */
  readonly exited: Promise<GitExit>
  /** Ends it and every process that it started: asks, and forces after two seconds. */
  readonly kill: () => void
}

export interface GitOptions {
  /** Ends the whole process group when it aborts. */
  readonly signal?: AbortSignal
  /** Added to the clean environment. */
  readonly env?: Readonly<Record<string, string>>
  /** How many pipes it gets beside standard input, output and error. */
  readonly pipes?: number
  /** Settings for this call: `receive.fsckObjects=true`. */
  readonly config?: readonly string[]
  /** Runs after everything that serves people. */
  readonly lowPriority?: boolean
}

/**
 * The git binary, run so that nothing but its arguments decides what it does: no configuration, attributes or
 * variables of the machine or the user, and hooks from our own folder alone, so that none can be planted in a
 * repository.
 */
export class Git {
  readonly #config: readonly string[]

  constructor(hooksFolder: string) {
    this.#config = [
      `core.hooksPath=${hooksFolder}`,
      // The repositories are ours, also where a volume shows them under another user id.
      'safe.directory=*',
      // Maintenance is not a push's to wait for.
      'gc.auto=0',
      // Large files go through in a stream, and searching for deltas has a limit: many of these run beside each other.
      'core.bigFileThreshold=32m',
      'pack.windowMemory=64m',
      'pack.threads=2',
      // A ref that a client was told of is on the disk, and so is what it points at.
      'core.fsync=all',
      'core.fsyncMethod=batch',
    ]
  }

  /** Starts git in a process group of its own. */
  start(args: readonly string[], options: GitOptions = {}): GitProcess {
    options.signal?.throwIfAborted()
    const config = [...this.#config, ...(options.config ?? [])].flatMap((setting) => ['-c', setting])
    const child = spawn('git', [...config, ...args], {
      env: { ...cleanEnvironment(), ...options.env },
      stdio: Array.from({ length: 3 + (options.pipes ?? 0) }, () => 'pipe'),
      detached: true,
    })
    if (options.lowPriority === true && child.pid !== undefined) lowerPriority(child.pid)
    const kill = (): void => {
      killGroup(child)
    }
    options.signal?.addEventListener('abort', kill, { once: true })
    const exited = exitOf(child).finally(() => options.signal?.removeEventListener('abort', kill))
    // Who asks is told; a process that nobody waits for any more is no fault of the platform.
    exited.catch(() => undefined)
    // What was asked for as a pipe is a socket pair, which its type does not say.
    const [stdin, stdout, , ...pipes] = child.stdio as unknown as Duplex[]
    if (stdin === undefined || stdout === undefined) throw new TypeError('git was started without pipes')
    for (const pipe of [stdin, ...pipes]) pipe.on('error', ignoreClosedPipe)
    return { stdin, stdout, pipes, exited, kill }
  }

  /**
   * Runs git to its end and returns what it wrote.
   * @throws WS_GIT_MISSING, WS_GIT_FAILED for output over 64 MiB, the signal's reason
   */
  async run(args: readonly string[], options: GitOptions & { readonly input?: string } = {}): Promise<GitResult> {
    const process = this.start(args, options)
    process.stdin.end(options.input ?? '')
    const chunks: Buffer[] = []
    let bytes = 0
    process.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= OUTPUT_BYTES) chunks.push(chunk)
      else process.kill()
    })
    const { code, stderr } = await process.exited
    options.signal?.throwIfAborted()
    if (bytes > OUTPUT_BYTES)
      throw gitSshError('WS_GIT_FAILED', `git ${args[0] ?? ''} wrote more than ${OUTPUT_BYTES} bytes`)
    return { code, stderr, stdout: Buffer.concat(chunks) }
  }

  /** As `run`, for what cannot fail on a sound repository. @throws WS_GIT_FAILED for an exit code other than 0 */
  async text(args: readonly string[], options: GitOptions & { readonly input?: string } = {}): Promise<string> {
    const { code, stdout, stderr } = await this.run(args, options)
    if (code !== 0) {
      throw gitSshError('WS_GIT_FAILED', `git ${args[0] ?? ''} ended with ${code ?? 'a signal'}`, {
        details: { stderr },
      })
    }
    return stdout.toString('utf8')
  }
}

export interface GitResult extends GitExit {
  readonly stdout: Buffer
}

function cleanEnvironment(): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
    ...(process.env['TMPDIR'] === undefined ? {} : { TMPDIR: process.env['TMPDIR'] }),
    HOME: '/nonexistent',
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_TERMINAL_PROMPT: '0',
  }
}

function lowerPriority(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW)
  } catch {
    // It has ended already.
  }
}

function exitOf(child: ChildProcess): Promise<GitExit> {
  return new Promise((resolve, reject) => {
    let stderr = Buffer.alloc(0)
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr = Buffer.concat([stderr, chunk]).subarray(-STDERR_BYTES)
    })
    child.once('error', (cause) => {
      reject(gitSshError('WS_GIT_MISSING', `git could not be started: ${cause.message}`, { cause }))
    })
    child.once('close', (code) => {
      resolve({ code, stderr: stderr.toString('utf8') })
    })
  })
}

function killGroup(child: ChildProcess): void {
  signalGroup(child, 'SIGTERM')
  const force = setTimeout(() => {
    signalGroup(child, 'SIGKILL')
  }, KILL_AFTER_MS)
  child.once('close', () => {
    clearTimeout(force)
  })
}

/** The group can outlive its leader (a hook waiting), and keeps the leader's id from being used again while it does. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** A process that ends before it has read everything says why by its exit code. */
const ignoreClosedPipe = (): void => undefined

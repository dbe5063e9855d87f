import { spawn, type ChildProcess } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { run, type Ended } from './run.ts'

const COMMAND = fileURLToPath(new URL('../../packages/operator/dist/cli/main.js', import.meta.url))

/** `platform.json`, or the state file. */
export interface Addresses {
  /** Of one that serves git. */
  readonly ssh?: { readonly host: string; readonly port: number }
  readonly http: { readonly host: string; readonly port: number }
  readonly pid: number
}

/** `webspaces …` to its end. */
export function webspaces(args: readonly string[], input?: string): Promise<Ended> {
  return run(process.execPath, [COMMAND, ...args], input === undefined ? {} : { input })
}

/** `webspaces up` or `webspaces serve` as a process of its own. */
export class PlatformProcess {
  readonly #child: ChildProcess
  readonly #exited: Promise<number>
  /** Standard output and error, as they came. */
  output = ''

  private constructor(args: readonly string[]) {
    this.#child = spawn(process.execPath, [COMMAND, ...args], { stdio: 'pipe' })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.output += text))
    }
    this.#exited = new Promise((resolve, reject) => {
      this.#child.on('close', (code) => resolve(code ?? -1))
      this.#child.on('error', reject)
    })
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Resolves when it says that it is ready. `stateFile` is where it says its addresses. */
  static async start(
    args: readonly string[],
    stateFile: string,
  ): Promise<{ readonly running: PlatformProcess; readonly addresses: Addresses }> {
    const running = new PlatformProcess(args)
    await new Promise<void>((resolve, reject) => {
      running.#child.stdout?.on('data', () => {
        if (/^ready /m.test(running.output)) resolve()
      })
      running.#exited.then(
        (code) => reject(new Error(`${args[0]} ended with ${code}: ${running.output}`)),
        (error: unknown) => reject(error as Error),
      )
    })
    return { running, addresses: JSON.parse(await readFile(stateFile, 'utf8')) as Addresses }
  }

  /** @returns the exit code */
  async stop(signal: NodeJS.Signals): Promise<number> {
    this.#child.kill(signal)
    return this.#exited
  }
}

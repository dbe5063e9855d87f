import { spawn } from 'node:child_process'

export interface RunOptions {
  readonly cwd?: string
  /** Added to this process's own. */
  readonly environment?: Readonly<Record<string, string>>
  readonly input?: string
  /** 60 unless told. */
  readonly seconds?: number
}

const KEPT_LINES = 15

/** Runs a program to its end. Standard output, trimmed; a failure says the last lines of all that it printed. */
export async function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, output, everything } = await finish(program, args, options)
  if (code === 0) return output.trim()
  const last = everything.trim().split('\n').slice(-KEPT_LINES).join('\n')
  throw new Error(`${program} ${args.join(' ')} failed with ${code}:\n${last}`)
}

export async function succeeds(program: string, args: readonly string[], options: RunOptions = {}): Promise<boolean> {
  return (await finish(program, args, options)).code === 0
}

interface Finished {
  /** An exit code, the name of a signal, or what kept the program from being started. */
  readonly code: number | string
  readonly output: string
  readonly everything: string
}

function finish(program: string, args: readonly string[], options: RunOptions): Promise<Finished> {
  const { promise, resolve } = Promise.withResolvers<Finished>()
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.environment },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: (options.seconds ?? 60) * 1000,
    killSignal: 'SIGKILL',
  })
  let output = ''
  let everything = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
    everything += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => (everything += text))
  child.on('error', (error) => resolve({ code: error.message, output, everything }))
  child.on('close', (code, signal) => resolve({ code: code ?? signal ?? 'no exit code', output, everything }))
  // A program that does not read its input closes the pipe, which is no failure.
  child.stdin.on('error', () => undefined)
  child.stdin.end(options.input ?? '')
  return promise
}

import { spawn, type SpawnOptions } from 'node:child_process'

export interface Ended {
  /** Exit code; 128 + signal number is not used: a signal is -1. */
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  /** Both, as they came. */
  readonly output: string
}

export interface RunOptions extends Pick<SpawnOptions, 'cwd' | 'env'> {
  readonly input?: string
  readonly timeoutMs?: number
}

/** Runs a program to its end. A program that takes too long is killed and the test fails. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const child = spawn(command, args, { cwd: options.cwd, env: options.env ?? process.env, stdio: 'pipe' })
  const chunks = { stdout: '', stderr: '', output: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    chunks.stdout += text
    chunks.output += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    chunks.stderr += text
    chunks.output += text
  })
  // A program may end before it has read all of its input.
  child.stdin.on('error', () => undefined)
  child.stdin.end(options.input)
  const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? 180_000)
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (exit) => resolve(exit ?? -1))
  })
  clearTimeout(timer)
  return { code, ...chunks }
}

/** The result of a command that has to succeed. */
export async function must(ended: Promise<Ended>): Promise<Ended> {
  const result = await ended
  if (result.code !== 0) throw new Error(`exit code ${result.code}: ${result.output}`)
  return result
}

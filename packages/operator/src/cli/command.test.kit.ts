import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

// Runs the built command as people do: in a process of its own, seen by its output and its exit code.

export const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
  /** It is sent SIGTERM when this resolves. */
  readonly terminated?: Promise<unknown>
}

/** Runs `webspaces` to its end. */
export async function webspaces(
  args: readonly string[],
  { input = '', env = {}, terminated }: RunOptions = {},
): Promise<Outcome> {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { ...process.env, ...env } })
  const output = collect(child)
  child.stdin.end(input)
  const closed = once(child, 'close') as Promise<[number | null]>
  void terminated?.then(() => child.kill())
  const [code] = await closed
  return { code, ...output() }
}

export interface RunningPlatform {
  readonly child: ChildProcess
  readonly ready: string
  readonly output: () => Outcome
  /** Sends a signal and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<Outcome>
}

/** Runs `webspaces up` until its `ready` line. Ended, at the latest, with the test. */
export async function startPlatform(
  dir: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<RunningPlatform> {
  const ports = ['--ssh-port', '0', '--http-port', '0']
  const child = spawn(process.execPath, [MAIN, 'up', '--dir', dir, ...ports, ...args], {
    env: { ...process.env, ...env },
  })
  const output = collect(child)
  const closed = once(child, 'close')
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await closed
  })
  const outcome = (): Outcome => ({ code: child.exitCode, ...output() })
  const ready = await new Promise<string>((resolve, reject) => {
    const look = (): void => {
      const line = /^ready.*$/m.exec(output().stdout)?.[0]
      if (line !== undefined) resolve(line)
    }
    child.stdout.on('data', look)
    child.once('close', () => reject(new Error(`webspaces up ended before it was ready:\n${output().stderr}`)))
  })
  return {
    child,
    ready,
    output: outcome,
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal)
      await closed
      return outcome()
    },
  }
}

/** A folder of the test's own, removed after it. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'webspaces-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

function collect(child: ChildProcess): () => { readonly stdout: string; readonly stderr: string } {
  let stdout = ''
  let stderr = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  return () => ({ stdout, stderr })
}

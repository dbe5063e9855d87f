import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Plan } from '../contracts/runtime.ts'

// This file alone in core touches the machine: it is what a builder without images does, in its shortest form.

const run = promisify(execFile)
const PATIENCE_MS = 20_000

export interface RunningSite {
  /** `http://127.0.0.1:PORT`, without a slash. */
  readonly url: string
  /** Where the pushed files are. */
  readonly folder: string
  /** What the site has written so far. */
  output(): string
  /** Sends SIGTERM to the site's process group; resolves with the exit code, null after a kill by signal. */
  stop(): Promise<number | null>
}

/**
 * Runs a plan for real, as a process on this machine: writes the files, runs the steps, starts the site, and waits
 * until it answers. For tests of a Runtime.
 * @throws if a step fails, or the site does not answer
 */
export async function runPlan(plan: Plan, files: Readonly<Record<string, string>>): Promise<RunningSite> {
  const folder = await mkdtemp(join(tmpdir(), 'webspaces-plan-'))
  let site: ChildProcess | undefined
  try {
    await writeFiles(folder, { ...files, ...plan.files })
    const port = await freePort()
    const env = { PATH: process.env['PATH'] ?? '', HOME: folder, TMPDIR: tmpdir(), ...plan.env, PORT: String(port) }
    for (const step of plan.steps) await run('sh', ['-c', step.run], { cwd: folder, env })

    // A group of its own, as a process started by the platform has: its children end with it.
    const child = spawn('sh', ['-c', plan.start], {
      cwd: folder,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    site = child
    const chunks: string[] = []
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => chunks.push(chunk.toString()))
    const url = `http://127.0.0.1:${String(port)}`
    const output = (): string => chunks.join('')
    await answers(url + plan.healthPath, child, output)
    return {
      url,
      folder,
      output,
      stop: async () => {
        const code = await stopGroup(child)
        await rm(folder, { recursive: true, force: true })
        return code
      },
    }
  } catch (error) {
    if (site !== undefined) await stopGroup(site)
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), content)
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, () => {
      const address = server.address()
      server.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : 0)
      })
    })
  })
}

async function answers(url: string, child: ChildProcess, output: () => string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS
  for (;;) {
    try {
      const response = await fetch(url, { redirect: 'manual' })
      await response.body?.cancel()
      if (response.status < 500) return
    } catch {
      // Not listening yet.
    }
    if (hasEnded(child)) throw new Error(`the site ended: ${output()}`)
    if (Date.now() > deadline) throw new Error(`the site does not answer: ${output()}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

async function stopGroup(child: ChildProcess): Promise<number | null> {
  const ended = new Promise<number | null>((resolve) => {
    if (hasEnded(child)) resolve(child.exitCode)
    else child.once('exit', resolve)
  })
  signalGroup(child, 'SIGTERM')
  const force = setTimeout(() => {
    signalGroup(child, 'SIGKILL')
  }, PATIENCE_MS)
  const code = await ended
  clearTimeout(force)
  return code
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || hasEnded(child)) return
  try {
    process.kill(-child.pid, signal)
  } catch {
    // The group has just gone.
  }
}

/** Starts a part so that it outlives this command, and finds it again. */
import { spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Part } from './part.ts'
import { paths } from './paths.ts'
import { waitUntil } from './wait.ts'

/** A process id alone may by now belong to somebody else: it is one's own only with the time that it was started. */
export interface ProcessRecord {
  readonly pid: number
  /** In clock ticks since the machine was started: field 22 of /proc/PID/stat. */
  readonly startTime: string
}

/** In the environment of all that a part starts: a container's shim, too, is known as the lab's by it. */
export const MARK = 'WEBSPACES_LAB'

export function start(part: Part): ProcessRecord {
  const [program, ...args] = part.command
  mkdirSync(paths.logs, { recursive: true })
  mkdirSync(paths.processes, { recursive: true })
  const log = openSync(logFile(part.name), 'a')
  try {
    const child = spawn(program, args, {
      cwd: '/',
      detached: true,
      stdio: ['ignore', log, log],
      env: { PATH: process.env['PATH'] ?? '', HOME: '/root', [MARK]: paths.root },
    })
    if (child.pid === undefined) throw new Error(`${program} could not be started: is it installed?`)
    child.unref()
    const record = { pid: child.pid, startTime: startTime(child.pid) ?? '' }
    writeFileSync(recordFile(part.name), JSON.stringify(record))
    return record
  } finally {
    closeSync(log)
  }
}

/** The part's process, if it is running. */
export function find(name: string): ProcessRecord | undefined {
  if (!existsSync(recordFile(name))) return undefined
  const record = JSON.parse(readFileSync(recordFile(name), 'utf8')) as ProcessRecord
  return isAlive(record) ? record : undefined
}

/** Asks it to end, and ends it if it does not. */
export async function stop(name: string, seconds = 20): Promise<void> {
  const record = find(name)
  if (record !== undefined) await end(record, seconds)
  rmSync(recordFile(name), { force: true })
}

export async function end(record: ProcessRecord, seconds: number): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (!isAlive(record)) return
    send(record.pid, signal)
    if (await waitUntil(() => !isAlive(record), seconds)) return
  }
  throw new Error(`Process ${record.pid} does not end, not even by SIGKILL`)
}

/** One that has ended meanwhile is no error. */
export function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (startTime(pid) !== undefined) throw error
  }
}

export function startTime(pid: number): string | undefined {
  const stat = statOf(pid)
  return stat?.state === 'Z' ? undefined : stat?.startTime
}

export function logFile(name: string): string {
  return resolve(paths.logs, `${name}.log`)
}

export function lastLogLines(name: string, count = 15): string {
  if (!existsSync(logFile(name))) return '(no log)'
  return readFileSync(logFile(name), 'utf8').trimEnd().split('\n').slice(-count).join('\n')
}

function isAlive(record: ProcessRecord): boolean {
  return startTime(record.pid) === record.startTime
}

function statOf(pid: number): { readonly state: string; readonly startTime: string } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is the program's name in brackets, and may hold anything.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return { state: fields[0] ?? '', startTime: fields[19] ?? '' }
  } catch {
    return undefined
  }
}

function recordFile(name: string): string {
  return resolve(paths.processes, `${name}.json`)
}

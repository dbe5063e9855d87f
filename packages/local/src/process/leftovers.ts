import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { resolve } from 'node:path'

/**
 * The environment variable that marks every process that a platform starts: `<platform>.<its pid>.<count>`. By it a
 * process that left its group (`setsid`) is still found. The only variable besides those that a workload names.
 */
export const MARKER = 'WEBSPACES_PROCESS'

/** The first part of a marker: the same for every platform that ever runs on this folder. */
export function platformTag(dir: string): string {
  return createHash('sha256').update(resolve(dir)).digest('hex').slice(0, 16)
}

/**
 * Kills every process whose marker is `marker` or begins with `marker.`, but not this one. Returns how many.
 * Linux only, where `/proc` shows the environment of one's own processes; elsewhere it finds none.
 */
export async function killMarked(marker: string): Promise<number> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^[1-9][0-9]*$/.test(name)).map(Number)
  const killed = await Promise.all(pids.map(async (pid) => (await isMarked(pid, marker)) && kill(pid)))
  return killed.filter(Boolean).length
}

async function isMarked(pid: number, marker: string): Promise<boolean> {
  if (pid === process.pid) return false
  // Processes of other users cannot be read, and those that have just ended are gone: neither is ours to kill.
  const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '')
  const entry = environment.split('\0').find((variable) => variable.startsWith(`${MARKER}=`))
  const value = entry?.slice(MARKER.length + 1)
  return value !== undefined && (value === marker || value.startsWith(`${marker}.`))
}

function kill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL')
  } catch {
    return false
  }
}

import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

/**
 * Tells a process from a later one with the same pid: when it was started, or undefined if no such process runs.
 * Opaque; only to be compared.
 */
export async function startOf(pid: number): Promise<string | undefined> {
  if (!exists(pid)) return undefined
  return process.platform === 'linux' ? startFromProc(pid) : startFromPs(pid)
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it runs, as another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Clock ticks since boot (proc(5), field 22 of stat), with the id of the boot that they count from. */
async function startFromProc(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  if (stat === undefined) return undefined
  // The second field is the program's name in parentheses, and may hold spaces and parentheses itself.
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')
  // A zombie holds nothing any more: it waits only for its parent to look at its exit code.
  return state === 'Z' ? undefined : `${boot.trim()}:${fields[18] ?? ''}`
}

async function startFromPs(pid: number): Promise<string | undefined> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)], {
    timeout: 5000,
    env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
  }).catch(() => ({ stdout: '' }))
  return stdout.trim() || undefined
}

/** What a part that was killed leaves running or mounted. */
import { readdirSync, readFileSync } from 'node:fs'
import { paths } from '../paths.ts'
import { end, MARK, send, startTime } from '../process.ts'
import { run } from '../run.ts'
import { processesInCgroup } from './cgroups.ts'

/** Containers, and then what runs them: containerd and its shims are known by their environment. */
export async function endRemainingProcesses(): Promise<void> {
  for (const pid of processesInCgroup()) {
    // The first process of a container gets no signal that it does not handle, except this one.
    send(pid, 'SIGKILL')
  }
  for (const pid of readdirSync('/proc').map(Number).filter(isMarked)) {
    const started = startTime(pid)
    if (started !== undefined) await end({ pid, startTime: started }, 5)
  }
}

/** Deepest first. Under the lab's folder only. */
export async function unmountAll(): Promise<void> {
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    // A space in a path is written as \040.
    .map((line) => (line.split(' ')[1] ?? '').replaceAll('\\040', ' '))
    .filter((path) => path.startsWith(`${paths.root}/`))
  for (const path of mounts.reverse()) await run('umount', ['--lazy', path])
}

function isMarked(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`${MARK}=${paths.root}`)
  } catch {
    // Ended meanwhile, or no number.
    return false
  }
}

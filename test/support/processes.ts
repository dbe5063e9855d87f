import { readdirSync, readFileSync } from 'node:fs'

/** Pids of all processes that descend from `pid`, as the kernel tells it now (Linux). */
export function descendants(pid: number): number[] {
  const parents = new Map<number, number>()
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    const parent = parentOf(Number(entry))
    if (parent !== undefined) parents.set(Number(entry), parent)
  }
  const found = new Set([pid])
  for (let before = 0; before !== found.size;) {
    before = found.size
    for (const [child, parent] of parents) if (found.has(parent)) found.add(child)
  }
  found.delete(pid)
  return [...found]
}

export function isAlive(pid: number): boolean {
  return parentOf(pid) !== undefined
}

/** Undefined for a process that is gone, or is only waiting to be reaped. */
function parentOf(pid: number): number | undefined {
  try {
    // pid (name) state ppid …; the name may hold anything, parentheses too.
    const [state, parent] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return state === 'Z' ? undefined : Number(parent)
  } catch {
    return undefined
  }
}

/** All containers of the lab are in cgroups below this one, in every hierarchy: none of another daemon's is there. */
import { existsSync, globSync, mkdirSync, readFileSync, rmdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

export const CGROUP = '/webspaces-lab'

const MOUNT = '/sys/fs/cgroup'

/** The kubelet wants it to be there; Docker would make it. */
export function makeCgroup(): void {
  for (const hierarchy of hierarchies()) mkdirSync(`${hierarchy}${CGROUP}`, { recursive: true })
}

export function processesInCgroup(): number[] {
  const files = folders().map((folder) => `${folder}/cgroup.procs`)
  const pids = files.flatMap((file) => readFileSync(file, 'utf8').trim().split('\n'))
  return [...new Set(pids.filter((pid) => pid !== '').map(Number))]
}

export function removeCgroup(): void {
  // The deepest first.
  for (const folder of folders().toReversed()) rmdirSync(folder)
}

/** Where the machine has version 2 alone there is one, at the top. */
function hierarchies(): string[] {
  if (existsSync(`${MOUNT}/cgroup.controllers`)) return [MOUNT]
  return globSync(`${MOUNT}/*/cgroup.procs`).map((file) => dirname(file))
}

function folders(): string[] {
  return hierarchies()
    .map((hierarchy) => `${hierarchy}${CGROUP}`)
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => [folder, ...globSync(`${folder}/**/`).map((path) => resolve(path))])
    .filter((folder, index, all) => all.indexOf(folder) === index)
    .sort()
}

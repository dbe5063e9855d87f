/** Says what stands in the way before anything is changed. */
import { mkdirSync, readFileSync, statfsSync } from 'node:fs'
import { BRIDGE, PORTS } from './addresses.ts'
import { exists } from './machine/network.ts'
import { paths } from './paths.ts'
import { isTaken } from './probe.ts'

/** Of statfs(2). */
const OVERLAYFS = 0x794c7630

export function checkMachine(): void {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) throw new Error('The lab needs Linux, and to be root')
  if (release() !== 'bookworm')
    throw new Error('The lab is made of the packages of Debian 12 (bookworm), which this is not')
  mkdirSync(paths.root, { recursive: true })
  if (statfsSync(paths.root).type === OVERLAYFS) {
    throw new Error(`${paths.root} is on an overlay file system, where Docker can keep no images: set LAB_ROOT`)
  }
}

/** As os-release(5) has it. */
function release(): string | undefined {
  try {
    return /^VERSION_CODENAME=(.*)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1]
  } catch {
    return undefined
  }
}

/** For a lab that has not run yet: what is there belongs to somebody else. */
export async function checkNothingIsInTheWay(): Promise<void> {
  for (const [name, port] of Object.entries(PORTS)) {
    if (await isTaken(port)) throw new Error(`Port ${port}, which the lab needs (${name}), is taken by another program`)
  }
  if (await exists(BRIDGE)) {
    throw new Error(`There is a network ${BRIDGE} already: another Docker daemon runs, or did. Stop it, and delete it`)
  }
}

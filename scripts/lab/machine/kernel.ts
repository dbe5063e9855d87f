/** What depends on the machine's kernel. */
import { readFileSync, writeFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'

/** In many containers and virtual machines even root may not, and what asks for it fails. */
export function canLowerOomScore(): boolean {
  const file = '/proc/self/oom_score_adj'
  const before = readFileSync(file, 'utf8').trim()
  try {
    writeFileSync(file, String(Number(before) - 1))
  } catch {
    return false
  }
  writeFileSync(file, before)
  return true
}

/**
 * The size of a packet on the way out. A bridge with larger packets would lose them silently behind a network that
 * drops the "too large" answer.
 */
export function mtu(): number {
  const routes = readFileSync('/proc/net/route', 'utf8').trim().split('\n').slice(1)
  const defaultRoute = routes.map((line) => line.split('\t')).find((fields) => fields[1] === '00000000')
  const device = defaultRoute?.[0]
  if (device === undefined || !(device in networkInterfaces())) return 1500
  return Number(readFileSync(`/sys/class/net/${device}/mtu`, 'utf8'))
}

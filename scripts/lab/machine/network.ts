/** The lab's own bridges, route and rules. What Docker and Kubernetes add is removed with them, by `removeNetwork`. */
import { writeFileSync } from 'node:fs'
import {
  BRIDGE,
  BRIDGE_ADDRESS,
  LOOPBACK,
  PORTS_FOR_PODS,
  SECOND_BRIDGE,
  SECOND_BRIDGE_ADDRESS,
  SECOND_NETWORK,
  SERVICE_NETWORK,
} from '../addresses.ts'
import { run, succeeds } from '../run.ts'

type Rule = readonly [table: string, chain: string, ...rest: string[]]

const TO_LOOPBACK = [
  ...['-d', BRIDGE_ADDRESS, '-p', 'tcp', '-m', 'multiport', '--dports', PORTS_FOR_PODS.join(',')],
  ...['-j', 'DNAT', '--to-destination', LOOPBACK],
]
const RULES: readonly Rule[] = [
  ['nat', 'PREROUTING', '-i', BRIDGE, ...TO_LOOPBACK],
  // So that this machine, too, can say the registry's address as pods know it.
  ['nat', 'OUTPUT', ...TO_LOOPBACK],
  ['nat', 'POSTROUTING', '-s', SECOND_NETWORK, '!', '-o', SECOND_BRIDGE, '-j', 'MASQUERADE'],
  ['filter', 'FORWARD', '-i', SECOND_BRIDGE, '-j', 'ACCEPT'],
  ['filter', 'FORWARD', '-o', SECOND_BRIDGE, '-m', 'conntrack', '--ctstate', 'RELATED,ESTABLISHED', '-j', 'ACCEPT'],
]

/** Of rules and chains that were not there before: Docker's, Kubernetes', and the lab's own. */
const OURS = new RegExp(`KUBE-|DOCKER|${BRIDGE}|${SECOND_BRIDGE}|${BRIDGE_ADDRESS}/`)

export async function makeNetwork(): Promise<void> {
  await makeBridge(BRIDGE, `${BRIDGE_ADDRESS}/16`)
  await makeBridge(SECOND_BRIDGE, `${SECOND_BRIDGE_ADDRESS}/24`)
  // Nothing addressed to a Service may leave the machine, also while kube-proxy has no rule for it.
  await run('ip', ['route', 'replace', SERVICE_NETWORK, 'dev', BRIDGE])
  // The kernel takes a packet to loopback that came over a wire for forged.
  writeFileSync(`/proc/sys/net/ipv4/conf/${BRIDGE}/route_localnet`, '1')
  for (const [table, ...rule] of RULES) {
    if (await succeeds('iptables', ['-w', '-t', table, '-C', ...rule])) continue
    await run('iptables', ['-w', '-t', table, '-I', ...rule])
  }
}

/** @param policies those of before: Docker drops what it does not forward */
export async function removeNetwork(policies: readonly string[]): Promise<void> {
  await cleanTables('iptables', policies)
  // Kubernetes makes its chains for both families.
  await cleanTables('ip6tables', [])
  for (const bridge of [BRIDGE, SECOND_BRIDGE]) {
    if (await exists(bridge)) await run('ip', ['link', 'delete', bridge])
  }
}

/** Of the chains that every packet comes to, as iptables-restore takes them. */
export async function filterPolicies(): Promise<string[]> {
  const rules = (await run('iptables', ['-w', '-S'])).split('\n')
  return rules.flatMap((rule) => {
    const [, chain, policy] = /^-P (\S+) (\S+)$/.exec(rule) ?? []
    return chain === undefined || policy === undefined ? [] : [`:${chain} ${policy} [0:0]`]
  })
}

export function exists(device: string): Promise<boolean> {
  return succeeds('ip', ['link', 'show', device])
}

async function makeBridge(name: string, address: string): Promise<void> {
  if (!(await exists(name))) await run('ip', ['link', 'add', name, 'type', 'bridge'])
  await run('ip', ['address', 'replace', address, 'dev', name])
  await run('ip', ['link', 'set', name, 'up'])
}

/** Removes rules and chains of ours, in one step per table, and leaves all others as they are. */
async function cleanTables(program: 'iptables' | 'ip6tables', policies: readonly string[]): Promise<void> {
  for (const table of ['raw', 'mangle', 'nat', 'filter']) {
    const lines = (await run(`${program}-save`, ['-t', table])).split('\n')
    const chains = lines.flatMap((line) => /^:(\S+)/.exec(line)?.[1] ?? []).filter((chain) => OURS.test(chain))
    const rules = lines.filter((line) => line.startsWith('-A ') && OURS.test(line))
    if (chains.length + rules.length === 0) continue
    const script = [
      `*${table}`,
      ...(table === 'filter' ? policies : []),
      ...rules.filter((rule) => !chains.includes(rule.split(' ')[1] ?? '')).map((rule) => rule.replace('-A', '-D')),
      ...chains.map((chain) => `-F ${chain}`),
      ...chains.map((chain) => `-X ${chain}`),
      'COMMIT',
    ]
    await run(`${program}-restore`, ['-w', '--noflush'], { input: script.join('\n') + '\n' })
  }
}

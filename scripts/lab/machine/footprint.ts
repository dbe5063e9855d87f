/** What the lab changes on the machine besides its own folder: written down before, put back after. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { paths } from '../paths.ts'
import { filterPolicies } from './network.ts'

/** Set by the kubelet, kube-proxy and dockerd. */
const SETTINGS = [
  'kernel/keys/root_maxbytes',
  'kernel/keys/root_maxkeys',
  'kernel/panic',
  'kernel/panic_on_oops',
  'net/bridge/bridge-nf-call-ip6tables',
  'net/bridge/bridge-nf-call-iptables',
  'net/ipv4/conf/all/route_localnet',
  'net/ipv4/ip_forward',
  'vm/overcommit_memory',
  'vm/panic_on_oom',
]

/** Written to by the kubelet, whatever folder it is told. */
const FOLDERS = ['/var/lib/kubelet', '/var/log/containers', '/var/log/pods']

interface Footprint {
  readonly settings: Readonly<Record<string, string>>
  readonly newFolders: readonly string[]
  readonly policies: readonly string[]
}

const file = resolve(paths.state, 'footprint.json')

export function isRecorded(): boolean {
  return existsSync(file)
}

export async function recordFootprint(): Promise<void> {
  const footprint: Footprint = {
    settings: Object.fromEntries(
      SETTINGS.filter((name) => existsSync(settingFile(name))).map((name) => [name, readSetting(name)]),
    ),
    newFolders: FOLDERS.filter((folder) => !existsSync(folder)),
    policies: await filterPolicies(),
  }
  mkdirSync(paths.state, { recursive: true, mode: 0o755 })
  writeFileSync(file, JSON.stringify(footprint, null, 2))
}

export function readFootprint(): Footprint {
  return JSON.parse(readFileSync(file, 'utf8')) as Footprint
}

export function restoreMachine({ settings, newFolders }: Footprint): void {
  for (const [name, value] of Object.entries(settings)) {
    if (readSetting(name) !== value) writeFileSync(settingFile(name), value)
  }
  for (const folder of newFolders) rmSync(folder, { recursive: true, force: true })
}

function readSetting(name: string): string {
  return readFileSync(settingFile(name), 'utf8').trim()
}

function settingFile(name: string): string {
  return `/proc/sys/${name}`
}

import { mkdirSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { BASE_IMAGES, BRIDGE, BRIDGE_ADDRESS, LOOPBACK, PORTS, SECOND_BRIDGE } from '../addresses.ts'
import { certificate } from '../certificates.ts'
import { CGROUP } from '../machine/cgroups.ts'
import { canLowerOomScore, mtu } from '../machine/kernel.ts'
import type { Part } from '../part.ts'
import { partFolder, paths } from '../paths.ts'
import { answersHttp } from '../probe.ts'

/** The daemon that Kubernetes runs its pods on; builds go to it over TCP. */
export const dockerd: Part = daemon('dockerd', {
  listen: ['--tls=false', '-H', `tcp://${LOOPBACK}:${PORTS.docker}`],
  network: [`--bridge=${BRIDGE}`],
  isReady: () => answersHttp('http', PORTS.docker, '/_ping'),
})

/** A second one, which asks for a client certificate: as users have them, and to build with more than one. */
export const dockerdTls: Part = daemon('dockerd-tls', {
  listen: [
    ...['--tlsverify', `--tlscacert=${certificate('ca').file}`, `--tlscert=${certificate('server').file}`],
    ...[`--tlskey=${certificate('server').key}`, '-H', `tcp://${LOOPBACK}:${PORTS.dockerTls}`],
  ],
  // Two daemons would each remove the other's chains: the rules for this bridge are the lab's own.
  network: ['--iptables=false', `--bridge=${SECOND_BRIDGE}`],
  isReady: () => answersHttp('https', PORTS.dockerTls, '/_ping'),
})

export function socketOf(daemonName: string): string {
  return `unix://${resolve(partFolder(daemonName), 'docker.sock')}`
}

interface Variant {
  readonly listen: readonly string[]
  readonly network: readonly string[]
  isReady(): Promise<boolean>
}

function daemon(name: string, variant: Variant): Part {
  const folder = partFolder(name)
  // Instead of the machine's own /etc/docker/daemon.json.
  const configFile = resolve(folder, 'daemon.json')
  return {
    name,
    command: [
      'dockerd',
      `--config-file=${configFile}`,
      `--data-root=${paths.cache.docker(name)}`,
      `--exec-root=${resolve(folder, 'exec')}`,
      `--pidfile=${resolve(folder, 'docker.pid')}`,
      ...['-H', socketOf(name)],
      ...variant.listen,
      ...variant.network,
      `--cgroup-parent=${CGROUP}`,
      '--storage-driver=overlay2',
      // Base images come from the lab: the daemon asks this registry before Docker Hub.
      `--registry-mirror=http://${BASE_IMAGES}`,
      // By default only registries on loopback may lack TLS; this is the same one, as pods see it.
      `--insecure-registry=${BRIDGE_ADDRESS}:${PORTS.registry}`,
    ],
    prepare() {
      mkdirSync(folder, { recursive: true })
      writeFileSync(configFile, JSON.stringify(settings(folder)))
    },
    isReady: () => variant.isReady(),
    seconds: 60,
  }
}

function settings(folder: string): Record<string, unknown> {
  const common = { mtu: mtu(), 'deprecated-key-path': resolve(folder, 'key.json') }
  if (canLowerOomScore()) return common
  const path = resolve(import.meta.dirname, 'runc-without-oom-score.sh')
  return {
    ...common,
    'oom-score-adjust': 0,
    'default-runtime': 'without-oom-score',
    runtimes: { 'without-oom-score': { path } },
  }
}

/** What a user of the lab has to know. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { BRIDGE_ADDRESS, LOOPBACK, PORTS, REGISTRY } from './addresses.ts'
import { kubeconfig } from './kubeconfigs.ts'
import { paths } from './paths.ts'

const VARIABLES: Readonly<Record<string, string>> = {
  KUBECONFIG: kubeconfig('admin'),
  DOCKER_HOST: `tcp://${LOOPBACK}:${PORTS.docker}`,
  REGISTRY,
  // The daemon with TLS. Under names of its own, since the ones that Docker knows would hold for both.
  DOCKER_TLS_HOST: `tcp://${LOOPBACK}:${PORTS.dockerTls}`,
  DOCKER_TLS_CERT_PATH: paths.certificates,
  // From inside a pod the builders and the registry have this address, on the same ports.
  LAB_ADDRESS_FOR_PODS: BRIDGE_ADDRESS,
  LAB_ROOT: paths.root,
}

export function writeEnvironment(): void {
  mkdirSync(dirname(paths.environment), { recursive: true })
  const lines = Object.entries(VARIABLES).map(([name, value]) => `export ${name}='${value}'\n`)
  writeFileSync(paths.environment, lines.join(''))
}

export function removeEnvironment(): void {
  rmSync(paths.environment, { force: true })
}

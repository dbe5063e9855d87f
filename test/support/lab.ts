import { fileURLToPath } from 'node:url'
import { must, run, type Ended } from './run.ts'

const LAB = fileURLToPath(new URL('../../scripts/lab/main.ts', import.meta.url))

type Variable =
  'KUBECONFIG' | 'DOCKER_HOST' | 'DOCKER_TLS_HOST' | 'DOCKER_TLS_CERT_PATH' | 'REGISTRY' | 'LAB_ADDRESS_FOR_PODS'

/** What `.lab/env` says. */
export function lab(variable: Variable): string {
  const value = process.env[variable]
  if (value === undefined) throw new Error(`${variable} is not set: these tests run by npm run test:cluster`)
  return value
}

/** As `npm run lab stop`. */
export async function stopPart(part: string): Promise<void> {
  await must(run(process.execPath, [LAB, 'stop', part]))
}

/** Resolves when it works again; does nothing to a part that runs. */
export async function startPart(part: string): Promise<void> {
  await must(run(process.execPath, [LAB, 'start', part]))
}

/** The daemon that runs the pods. Without the user's own settings: neither credentials nor another way to build. */
export function docker(args: readonly string[], timeoutMs?: number): Promise<Ended> {
  const env = { ...process.env, DOCKER_BUILDKIT: '0', DOCKER_CONFIG: '/nonexistent' }
  return run('docker', args, { env, ...(timeoutMs === undefined ? {} : { timeoutMs }) })
}

/** For names of cluster-scoped objects: the cluster outlives a test. */
export function unique(name: string): string {
  return `${name}-${process.pid.toString(36)}`
}

import { fileURLToPath } from 'node:url'
import { must, run, type Ended } from './person.ts'

const LAB = fileURLToPath(new URL('../../scripts/lab/main.ts', import.meta.url))

type Variable = 'KUBECONFIG' | 'DOCKER_HOST' | 'DOCKER_TLS_HOST' | 'DOCKER_TLS_CERT_PATH' | 'REGISTRY'

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

export function kubectl(args: readonly string[], input?: string): Promise<Ended> {
  return run('kubectl', args, input === undefined ? {} : { input })
}

/** For names of cluster-scoped objects: the cluster outlives a test. */
export function unique(name: string): string {
  return `${name}-${process.pid.toString(36)}`
}

import { operatorError } from '../errors.ts'
import type * as Kubernetes from './index.ts'

/** The oldest Node.js that undici 8 runs on, which @kubernetes/client-node 2 is built on without saying so. */
const OLDEST_NODE = { major: 22, minor: 19 } as const

/**
 * Loads what talks to Kubernetes: only on demand, as it takes about a second and 80 MB, and as the rest of the package
 * runs on older versions of Node.js than it does.
 * @throws WS_NODE_TOO_OLD
 */
export async function loadKubernetes(version: string = process.versions.node): Promise<typeof Kubernetes> {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major < OLDEST_NODE.major || (major === OLDEST_NODE.major && minor < OLDEST_NODE.minor)) {
    throw operatorError('WS_NODE_TOO_OLD', `Node.js ${version} cannot talk to Kubernetes: 22.19 is the oldest that can`)
  }
  return import('./index.ts')
}

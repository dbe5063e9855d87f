import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const LIMIT_MS = 5000

/**
 * The minor version of the cluster that kubectl talks to, or undefined where there is no kubectl or no answer. kubectl
 * is asked because it is what applies the manifests: it has the kubeconfig, the context and the login.
 */
export async function clusterMinorVersion(): Promise<number | undefined> {
  try {
    const { stdout } = await promisify(execFile)('kubectl', ['get', '--raw', '/version'], { timeout: LIMIT_MS })
    const { minor } = JSON.parse(stdout) as { readonly minor?: unknown }
    // Some providers write `27+`.
    const number = Number.parseInt(String(minor), 10)
    return Number.isNaN(number) ? undefined : number
  } catch {
    return undefined
  }
}

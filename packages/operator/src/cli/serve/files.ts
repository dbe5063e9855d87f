import { access, constants } from 'node:fs/promises'
import { join } from 'node:path'
import { operatorError } from '../../errors.ts'
import type { ServeOptions } from './serve.ts'

/**
 * Looks at what the options name before anything is started: a typing error should not show up at the first push.
 * @throws WS_USAGE naming the option
 */
export async function checkFiles({ roles, kubeconfig, dockerCertPath, registryConfig }: ServeOptions): Promise<void> {
  if (kubeconfig !== undefined) await readable('--kubeconfig', kubeconfig)
  // Settings may be shared by processes of both roles, and files be there for one.
  if (!roles.includes('git')) return
  if (registryConfig !== undefined) await readable('--registry-config', registryConfig)
  if (dockerCertPath === undefined) return
  for (const file of Object.values(certificatesIn(dockerCertPath))) await readable('--docker-cert-path', file)
}

/** The names that `docker` itself looks for in DOCKER_CERT_PATH. */
export function certificatesIn(folder: string): { readonly ca: string; readonly cert: string; readonly key: string } {
  return { ca: join(folder, 'ca.pem'), cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
}

async function readable(option: string, path: string): Promise<void> {
  try {
    await access(path, constants.R_OK)
  } catch (cause) {
    throw operatorError('WS_USAGE', `${option}: ${(cause as Error).message}`, {
      cause,
      remedy: 'Name a file that is there and that this user may read.',
    })
  }
}

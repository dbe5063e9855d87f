/** Who talks to the API server: a token and a kubeconfig for each. */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { stringify } from 'yaml'
import { LOOPBACK, NODE_NAME, PORTS } from './addresses.ts'
import { certificate } from './certificates.ts'
import { paths } from './paths.ts'

interface Client {
  readonly user: string
  readonly group?: string
}

/** The names that Kubernetes' own roles are bound to; only the admin may do everything. */
const CLIENTS = {
  admin: { user: 'admin', group: 'system:masters' },
  'controller-manager': { user: 'system:kube-controller-manager' },
  scheduler: { user: 'system:kube-scheduler' },
  kubelet: { user: `system:node:${NODE_NAME}`, group: 'system:nodes' },
  proxy: { user: 'system:kube-proxy' },
} satisfies Readonly<Record<string, Client>>

/** For `--token-auth-file`: token, user, user id, groups. */
export const tokenFile = resolve(paths.kubeconfigs, 'tokens.csv')

export function kubeconfig(client: keyof typeof CLIENTS): string {
  return resolve(paths.kubeconfigs, `${client}.yaml`)
}

export function makeKubeconfigs(): void {
  if (existsSync(tokenFile)) return
  mkdirSync(paths.kubeconfigs, { recursive: true, mode: 0o700 })
  const tokens: string[] = []
  for (const [name, client] of Object.entries<Client>(CLIENTS)) {
    const token = randomBytes(24).toString('base64url')
    tokens.push([token, client.user, client.user, ...(client.group === undefined ? [] : [client.group])].join(','))
    writeFileSync(resolve(paths.kubeconfigs, `${name}.yaml`), contents(client.user, token), { mode: 0o600 })
  }
  // Last, since it says that all is there.
  writeFileSync(tokenFile, tokens.join('\n') + '\n', { mode: 0o600 })
}

function contents(user: string, token: string): string {
  const server = `https://${LOOPBACK}:${PORTS.apiServer}`
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'lab', cluster: { server, 'certificate-authority': certificate('ca').file } }],
    users: [{ name: user, user: { token } }],
    contexts: [{ name: 'lab', context: { cluster: 'lab', user } }],
    'current-context': 'lab',
  })
}

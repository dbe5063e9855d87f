// Run as a process of its own, whose memory is then the git server's: a distribution of nothing else.
import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  ADDRESSING,
  API_VERSION,
  BUILDER,
  CLUSTER,
  createDistribution,
  Customer,
  GIT_SERVER,
  LOGS,
  REPOSITORIES,
  Webspace,
  type Builder,
  type KubernetesObject,
  type Logger,
  type Logs,
  type Plugin,
  type ResourceKind,
} from '@webspaces/core'
import { memoryCluster } from '@webspaces/core/testing'
import { generateKeyPair, sshGitServer } from '@webspaces/git-ssh'

/** What the parent is told once it serves. */
export interface Serving {
  readonly port: number
  /** File with the private key that opens the repository. */
  readonly key: string
  /** Folder of the repository. */
  readonly repository: string
}

const ignore = (): void => undefined
const logger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore, child: () => logger }

const folder = process.argv[2] ?? ''
const cluster = memoryCluster()
const { privateKey, publicKey } = generateKeyPair('bench')
const customer = { name: 'bench', email: 'bench@example.com', sshKeys: [publicKey] }
await cluster.create(Customer, resource(Customer, customer))
await cluster.create(Webspace, resource(Webspace, { customer: 'bench', runtime: 'node' }))
const key = join(folder, 'key')
writeFileSync(key, privateKey, { mode: 0o600 })

const surroundings: Plugin = {
  name: 'bench',
  contractVersion: 1,
  register(container) {
    container.provide(CLUSTER, { useValue: cluster })
    // Never called: tags are kept and not built.
    container.provide(BUILDER, { useValue: { buildsDockerfiles: true } as Builder })
    container.provide(LOGS, { useValue: {} as Logs })
    container.provide(ADDRESSING, { useValue: { defaultDomain: String, siteUrl: String, cloneUrl: String } })
  },
}
const repositories = join(folder, 'repositories')
const platform = createDistribution({
  plugins: [
    surroundings,
    sshGitServer({ host: '127.0.0.1', port: 0, repositories, hostKey: join(folder, 'host_ed25519') }),
  ],
  clock: { now: () => Date.now(), sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }) },
  newId: randomUUID,
  logger,
})
await platform.start()
await platform.resolve(REPOSITORIES).ensure('bench', 'main')
const serving: Serving = {
  port: platform.resolve(GIT_SERVER).address?.port ?? 0,
  key,
  repository: join(repositories, 'bench.git'),
}
process.send?.(serving)
process.once('message', () => {
  void platform.stop().then(() => process.disconnect())
})

function resource<T extends KubernetesObject>(kind: ResourceKind<T>, spec: object): T {
  return kind.parse({ apiVersion: API_VERSION, kind: kind.kind, metadata: { name: 'bench' }, spec })
}

import { setImmediate as turn } from 'node:timers/promises'
import {
  ADDRESSING,
  CLUSTER,
  coreError,
  createDistribution,
  Customer,
  Deployment,
  DEFAULT_CONFIG,
  Ingress,
  Label,
  LimitRange,
  LOGS,
  Namespace,
  NetworkPolicy,
  Release,
  RELEASES,
  ResourceQuota,
  RUNTIME,
  RuntimeResource,
  Service,
  Webspace,
  type Addressing,
  type Cluster,
  type IsolationSettings,
  type Kind,
  type KubernetesObject,
  type LogFields,
  type Logger,
  type NewRelease,
  type PlatformConfig,
  type Plugin,
  type ReclaimPolicy,
  type Releases,
  type Runtime,
  type Token,
  type WebspaceSpec,
} from '@webspaces/core'
import { memoryCluster, sampleRelease } from '@webspaces/core/testing'
import { ManualClock } from '../controller/manual-clock.test.kit.ts'
import { controllers, reconcilers } from './plugins.ts'

const KINDS: readonly Kind[] = [
  Customer,
  RuntimeResource,
  Webspace,
  Release,
  Namespace,
  Deployment,
  Service,
  Ingress,
  NetworkPolicy,
  ResourceQuota,
  LimitRange,
]

export interface WorldOptions {
  readonly push?: Partial<PlatformConfig['push']>
  readonly isolation?: IsolationSettings
  readonly reclaimPolicy?: ReclaimPolicy
  readonly plugins?: readonly Plugin[]
  /** Another platform that was stopped, on whose cluster this one starts. */
  readonly after?: World
}

/** A platform without git and processes: real reconcilers on a cluster in memory, and a clock that stands still. */
export class World {
  readonly clock: ManualClock
  readonly cluster: Cluster
  /** Releases whose processes end at once. */
  readonly broken = new Set<string>()
  /** Releases whose processes do not come up, and nobody has given up on them. */
  readonly pending = new Set<string>()
  /** Whether nobody looks at Deployments, as while the cluster's controllers are away. */
  unattended = false
  /** What the cluster does not take, as an admission webhook has it: `Kind name` → what it says. */
  readonly refused = new Map<string, string>()
  /** What processes write: Release → lines. */
  readonly output = new Map<string, string[]>()
  /** How often from now on what they write cannot be read. */
  unreadable = 0
  readonly errors: { readonly message: string; readonly fields: LogFields }[] = []
  readonly #distribution
  readonly #stop = new AbortController()

  private constructor(options: WorldOptions) {
    this.clock = options.after?.clock ?? new ManualClock()
    this.cluster = options.after?.cluster ?? memoryCluster({ clock: this.clock })
    this.#distribution = createDistribution({
      plugins: [this.#surroundings(), controllers(), reconcilers(), ...(options.plugins ?? [])],
      clock: this.clock,
      newId: () => Math.random().toString(36).slice(2),
      logger: this.#logger(),
      config: {
        ...DEFAULT_CONFIG,
        push: { ...DEFAULT_CONFIG.push, ...options.push },
        ...(options.isolation === undefined ? {} : { isolation: options.isolation }),
        ...(options.reclaimPolicy === undefined ? {} : { reclaimPolicy: options.reclaimPolicy }),
      },
    })
  }

  static async start(options: WorldOptions = {}): Promise<World> {
    const world = new World(options)
    await world.#distribution.start()
    void world.#runDeployments()
    await world.settle()
    return world
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#distribution.stop()
  }

  /** Waits until nothing is written any more. */
  async settle(): Promise<void> {
    let former = ''
    for (let quiet = 0, rounds = 0; quiet < 10; rounds += 1) {
      if (rounds > 2000) throw new Error('the world does not come to rest')
      await turn()
      const now = JSON.stringify(await this.versions())
      quiet = now === former ? quiet + 1 : 0
      former = now
    }
  }

  /** The resource version of every object. */
  async versions(): Promise<Record<string, string | undefined>> {
    const versions: Record<string, string | undefined> = {}
    for (const kind of KINDS) {
      for (const { metadata } of await this.cluster.list(kind)) {
        versions[`${kind.kind} ${metadata.namespace ?? ''}/${metadata.name}`] = metadata.resourceVersion
      }
    }
    return versions
  }

  /** `Kind namespace/name` of everything that runs or leads to what runs. */
  async running(): Promise<string[]> {
    return Object.keys(await this.versions()).filter((name) => /^(Deployment|Service|Ingress)/.test(name))
  }

  async apply<T extends KubernetesObject>(kind: Kind<T>, name: string, spec: object): Promise<void> {
    const { apiVersion, kind: kindName } = kind
    await this.cluster.apply(kind, { apiVersion, kind: kindName, metadata: { name }, spec } as unknown as T)
    await this.settle()
  }

  /** Changes fields of a spec. */
  async change(kind: Kind, name: string, spec: object): Promise<void> {
    await this.cluster.patch(kind, { name }, { spec })
    await this.settle()
  }

  async customer(name: string, spec: object = {}): Promise<void> {
    await this.apply(Customer, name, { name, email: `${name}@example.com`, ...spec })
  }

  async webspace(name: string, spec: Partial<WebspaceSpec> = {}): Promise<void> {
    await this.apply(Webspace, name, { customer: 'ada', runtime: 'node', ...spec })
  }

  /** A push that was built and whose ref has moved. @returns the Release's name */
  async push(webspace: string, branch = 'main', spec: Partial<NewRelease> = {}): Promise<string> {
    const owner = await this.cluster.get(Webspace, { name: webspace })
    const { metadata } = await this.releases.createAccepted(owner, { ...sampleRelease(branch), ...spec })
    await this.settle()
    return metadata.name
  }

  get releases(): Releases {
    return this.resolve(RELEASES)
  }

  resolve<T>(token: Token<T>): T {
    return this.#distribution.resolve(token)
  }

  release(name: string): Promise<Release> {
    return this.cluster.get(Release, { name })
  }

  /** A Webspace's Ready condition: its status and reason. */
  async ready<T extends KubernetesObject>(kind: Kind<T>, name: string): Promise<string> {
    const object = (await this.cluster.get(kind, { name })) as KubernetesObject & { status?: Webspace['status'] }
    const condition = object.status?.conditions?.find(({ type }) => type === 'Ready')
    return `${condition?.status ?? 'none'} ${condition?.reason ?? ''}`
  }

  /** What Kubernetes' Deployment controller or the runner does: pods come up at once, or fail at once. */
  async #runDeployments(): Promise<void> {
    for await (const event of this.cluster.watch(Deployment, { signal: this.#stop.signal })) {
      if (event.type !== 'applied' || this.unattended) continue
      const { metadata, spec } = event.object
      const release = spec.template.metadata.labels[Label.release] ?? ''
      const waits = this.pending.has(release)
      const works = !this.broken.has(release)
      const replicas = spec.replicas
      const ready = works && !waits ? replicas : 0
      await this.cluster
        .patchStatus(Deployment, metadata, {
          observedGeneration: metadata.generation,
          ...{ replicas, updatedReplicas: replicas, readyReplicas: ready, availableReplicas: ready },
          conditions: [
            works
              ? { type: 'Progressing', status: 'True', reason: waits ? 'ReplicaSetUpdated' : 'NewReplicaSetAvailable' }
              : { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'exits at once' },
          ],
        })
        .catch(() => undefined)
    }
  }

  /** Has the Deployments of a Release looked at again, after `broken` has changed. */
  async restart(namespace: string, name: string): Promise<void> {
    await this.cluster.patch(Deployment, { namespace, name }, { metadata: { annotations: { poked: 'yes' } } })
    await this.settle()
  }

  #surroundings(): Plugin {
    const { output } = this
    const isReadable = (): boolean => this.unreadable === 0 || this.unreadable-- === 0
    return {
      name: 'surroundings',
      contractVersion: 1,
      register: (container) => {
        container.provide(CLUSTER, { useValue: this.#refusing() })
        container.provide(ADDRESSING, { useValue: ADDRESSES })
        container.contribute(RUNTIME, { useValue: { name: 'node', title: 'Node.js' } as Runtime })
        container.provide(LOGS, {
          useValue: {
            async *lines({ release = '', tail }) {
              await turn()
              if (!isReadable()) throw coreError('WS_UNAVAILABLE', 'the kubelet does not answer')
              for (const text of (output.get(release) ?? []).slice(-tail)) yield { source: 'web', text }
            },
          },
        })
      },
    }
  }

  #refusing(): Cluster {
    const { cluster, refused } = this
    return {
      get: (kind, key) => cluster.get(kind, key),
      list: (kind, options) => cluster.list(kind, options),
      watch: (kind, options) => cluster.watch(kind, options),
      create: (kind, object, options) => cluster.create(kind, object, options),
      apply: (kind, object, options) => {
        const said = refused.get(`${kind.kind} ${object.metadata.name}`)
        if (said !== undefined) return Promise.reject(coreError('WS_FORBIDDEN', said))
        return cluster.apply(kind, object, options)
      },
      patch: (kind, key, patch, options) => cluster.patch(kind, key, patch, options),
      patchStatus: (kind, key, patch, options) => cluster.patchStatus(kind, key, patch, options),
      delete: (kind, key, options) => cluster.delete(kind, key, options),
    }
  }

  #logger(): Logger {
    const logger: Logger = {
      debug: () => undefined,
      info: () => undefined,
      warn: () => undefined,
      error: (message, fields = {}) => void this.errors.push({ message, fields }),
      child: () => logger,
    }
    return logger
  }
}

const ADDRESSES: Addressing = {
  defaultDomain: (webspace) => `${webspace}.localhost`,
  siteUrl: (host) => `http://${host}`,
  cloneUrl: (webspace) => `ssh://git@localhost/${webspace}.git`,
}

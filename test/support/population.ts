import {
  API_VERSION,
  CLUSTER,
  Customer,
  Deployment,
  Ingress,
  KubernetesEvent,
  Label,
  MANAGER,
  Namespace,
  namespaceOf,
  NetworkPolicy,
  Release,
  RELEASES,
  RESOURCE_CACHES,
  RuntimeResource,
  Service,
  Webspace,
  type Cluster,
  type Distribution,
  type Kind,
  type KubernetesObject,
  type Logger,
  type ResourceKind,
} from '@webspaces/core'
import { sampleRelease } from '@webspaces/core/testing'
import { onKubernetes } from '@webspaces/operator'
import { eventually } from './eventually.ts'
import { kubectl } from './kubectl.ts'
import { lab, unique } from './lab.ts'
import { webspaces } from './platform-process.ts'
import { freePort } from './ports.ts'
import { must } from './run.ts'

export interface PopulationSize {
  readonly customers: number
  /** Of each customer. */
  readonly webspaces: number
}

/** What is pushed to each Webspace: its production branch and a preview. */
const BRANCHES = ['main', 'next']
/** What it consists of. Namespaces go with their Customers, and take what is in them quicker than it would go by itself. */
const GIVEN: readonly Kind[] = [Customer, Webspace, Release]
/** What a platform makes of it. */
const MADE: readonly Kind[] = [Namespace, NetworkPolicy, Deployment, Service, Ingress]
const TOLD: readonly Kind[] = [RuntimeResource, KubernetesEvent]
const REQUESTS_AT_ONCE = 16
/** Kubernetes' own controllers may be given no more than 20 requests a second each. */
const LIMIT_MS = 10 * 60_000

/**
 * Customers with Webspaces that have been pushed to, on the lab's cluster, as an operator finds them: all real but the
 * builds and the pods. One node cannot run hundreds, so these sites have no replicas.
 */
export class Population {
  readonly #platform: Distribution
  readonly #cluster: Cluster
  readonly #prefix = unique('many')
  readonly #size: PopulationSize

  private constructor(platform: Distribution, size: PopulationSize) {
    this.#platform = platform
    this.#cluster = platform.resolve(CLUSTER)
    this.#size = size
  }

  static async create(size: PopulationSize): Promise<Population> {
    await must(kubectl(['apply', '-f', '-'], (await must(webspaces(['manifests', '--only', 'crds']))).stdout))
    const platform = await backend()
    await platform.start()
    const population = new Population(platform, size)
    try {
      await population.#create()
      return population
    } catch (error) {
      await population.remove()
      throw error
    }
  }

  get cluster(): Cluster {
    return this.#cluster
  }

  /** How many Webspaces there are. */
  get webspaces(): number {
    return this.#size.customers * this.#size.webspaces
  }

  get releases(): number {
    return this.webspaces * BRANCHES.length
  }

  /** Resolves when a platform has applied all that the sites consist of. */
  async applied(): Promise<void> {
    // The last kind of each site. By a watch: to ask again and again would be much of what the server has to do.
    const signal = AbortSignal.timeout(LIMIT_MS)
    const seen = new Set<string>()
    for await (const event of this.#cluster.watch(Ingress, { signal, labels: { [Label.managedBy]: MANAGER } })) {
      if (event.type === 'applied') for (const { metadata } of this.#own([event.object])) seen.add(metadata.name)
      if (seen.size === this.releases) break
    }
    signal.throwIfAborted()
  }

  /** All that a platform has made of it. */
  async made(): Promise<readonly { readonly kind: Kind; readonly object: KubernetesObject }[]> {
    const lists = MADE.map(async (kind) => (await this.#listed(kind)).map((object) => ({ kind, object })))
    return (await Promise.all(lists)).flat()
  }

  /** Resolves when every status says that all is as it should be. */
  async reconciled(): Promise<void> {
    const { customers, webspaces, releases } = this.#platform.resolve(RESOURCE_CACHES)
    await eventually(
      () => ({
        customers: this.#own(customers.values()).filter(isReady).length,
        webspaces: this.#own(webspaces.values()).filter(isReady).filter(hasBothBranches).length,
        releases: this.#own(releases.values()).filter(isReady).length,
      }),
      (ready) =>
        ready.customers === this.#size.customers &&
        ready.webspaces === this.webspaces &&
        ready.releases === this.releases,
      LIMIT_MS,
    )
  }

  /** Resolves when nothing changes any more: Events come last, and take their time. */
  async rests(): Promise<void> {
    let former = ''
    await eventually(
      async () => JSON.stringify(await this.versions()),
      (now) => {
        const rests = now === former
        former = now
        return rests
      },
      LIMIT_MS,
    )
  }

  /** Object → resource version, of all that it consists of, all that was made of it, and all that was told of it. */
  async versions(): Promise<Record<string, string | undefined>> {
    const objects = await Promise.all([...GIVEN, ...MADE, ...TOLD].map((kind) => this.#listed(kind)))
    return Object.fromEntries(
      objects
        .flat()
        .map(({ kind, metadata }) => [
          `${kind} ${metadata.namespace ?? ''}/${metadata.name}`,
          metadata.resourceVersion,
        ]),
    )
  }

  /** Takes all of it away, whether or not a platform runs, and resolves when it has gone. */
  async remove(): Promise<void> {
    for (const kind of [...GIVEN, ...TOLD]) {
      await inParallel(await this.#listed(kind), ({ metadata }) =>
        // Or it has gone with its owner meanwhile.
        this.#cluster.delete(kind, metadata).catch(() => undefined),
      )
    }
    await eventually(
      async () => Object.keys(await this.versions()),
      ({ length }) => length === 0,
      LIMIT_MS,
    )
    await this.#platform.stop()
  }

  async #create(): Promise<void> {
    const releases = this.#platform.resolve(RELEASES)
    const runtime = await this.#cluster.create(RuntimeResource, this.#draft(RuntimeResource, '', { plugin: 'node' }))
    await inParallel(Array.from({ length: this.#size.customers }), async (_, number) => {
      const spec = { name: `Customer ${number}`, email: 'customer@example.com' }
      const customer = await this.#cluster.create(Customer, this.#draft(Customer, `-${number}`, spec))
      for (let index = 0; index < this.#size.webspaces; index += 1) {
        const of = { customer: customer.metadata.name, runtime: runtime.metadata.name, replicas: 0 }
        const draft = this.#draft(Webspace, `-${number}-w${index}`, of)
        const webspace = await this.#cluster.create(Webspace, draft)
        for (const branch of BRANCHES) await releases.createAccepted(webspace, sampleRelease(branch))
      }
    })
  }

  #draft<T extends KubernetesObject>(kind: ResourceKind<T>, suffix: string, spec: object): T {
    const metadata = { name: `${this.#prefix}${suffix}` }
    return kind.parse({ apiVersion: API_VERSION, kind: kind.kind, metadata, spec })
  }

  async #listed<T extends KubernetesObject>(kind: Kind<T>): Promise<readonly T[]> {
    const isMade = MADE.some((made) => made === (kind as Kind))
    return this.#own(await this.#cluster.list(kind, isMade ? { labels: { [Label.managedBy]: MANAGER } } : {}))
  }

  /** Those of other tests are left out. */
  #own<T extends KubernetesObject>(objects: Iterable<T>): readonly T[] {
    const prefixes = [this.#prefix, namespaceOf(this.#prefix)]
    return [...objects].filter(({ metadata: { name, namespace = '' } }) =>
      prefixes.some((prefix) => name.startsWith(prefix) || namespace.startsWith(prefix)),
    )
  }
}

/** What a backend of one's own is: the rules and the cluster, without git and without reconciling. */
async function backend(): Promise<Distribution> {
  const ignore = (): void => undefined
  const logger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore, child: () => logger }
  return onKubernetes({
    kubeconfig: lab('KUBECONFIG'),
    addressing: { domain: 'localhost', scheme: 'http', git: { host: 'localhost', port: 22 } },
    operator: false,
    http: { host: '127.0.0.1', port: await freePort() },
    drainMs: 1000,
    logger,
  })
}

function isReady({ status }: Customer | Webspace | Release): boolean {
  return status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') ?? false
}

function hasBothBranches({ status }: Webspace): boolean {
  return status?.branches?.filter(({ phase }) => phase === 'Live').length === BRANCHES.length
}

async function inParallel<T>(items: readonly T[], act: (item: T, index: number) => Promise<void>): Promise<void> {
  const entries = items.entries()
  const worker = async (): Promise<void> => {
    for (const [index, item] of entries) await act(item, index)
  }
  await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, worker))
}

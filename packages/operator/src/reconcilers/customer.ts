import {
  CLOCK,
  CLUSTER,
  CONFIG,
  coreError,
  Customer,
  describeError,
  hasCode,
  inject,
  injectable,
  keyString,
  Label,
  LimitRange,
  MANAGER,
  Namespace,
  namespaceOf,
  NetworkPolicy,
  ownerReference,
  parseSshKey,
  Reason,
  ResourceQuota,
  type Clock,
  type Cluster,
  type IsolationSettings,
  type Kind,
  type KubernetesObject,
  type ObjectKey,
  type PlatformConfig,
  type ReconcileContext,
  type Reconciler,
  type ReconcileResult,
  type Watched,
  type WatchedCache,
  type WriteOptions,
} from '@webspaces/core'
import { watched } from '../controller/controller.ts'
import { WATCHES, type Watches } from '../controller/watches.ts'
import { customerObjectMeta } from './customer-object.ts'
import { deleteIfThere } from './delete-if-there.ts'
import { networkPolicy } from './network-policy.ts'
import { conditionsOf, ready, stalled, waiting, type Outcome } from './outcome.ts'
import { applyIfChanged } from './owned-objects.ts'
import { limitRange, resourceQuota } from './quota.ts'
import { StatusWriter } from './status.ts'

/** What bounds a customer's namespace. */
const BOUNDS: readonly Kind[] = [NetworkPolicy, ResourceQuota, LimitRange]

/** Gives each Customer a namespace with its bounds, and tells which of its keys cannot be used. */
@injectable()
export class CustomerReconciler implements Reconciler {
  readonly name = 'customer'
  readonly kind = Customer
  readonly watches: readonly Watched[] = [Namespace, ...BOUNDS].map((kind) =>
    watched(kind, ({ metadata }) => {
      const customer = metadata.labels?.[Label.customer]
      return customer === undefined ? [] : [{ name: customer }]
    }),
  )
  readonly #customers: WatchedCache<Customer>
  readonly #status: StatusWriter<Customer>
  readonly #watches: Watches

  constructor(
    @inject(CLUSTER) private readonly cluster: Cluster,
    @inject(CLOCK) private readonly clock: Clock,
    @inject(CONFIG) private readonly config: PlatformConfig,
    @inject(WATCHES) watches: Watches,
  ) {
    this.#customers = watches.of(Customer)
    this.#status = new StatusWriter(cluster, Customer)
    this.#watches = watches
    // Asked for now, so that they are followed.
    for (const kind of [Namespace, ...BOUNDS]) watches.of(kind)
  }

  async reconcile({ name }: ObjectKey, context: ReconcileContext): Promise<ReconcileResult> {
    const customer = this.#customers.get(name)
    // The namespace of a Customer that is gone goes by its owner reference, with everything in it.
    if (customer === undefined || customer.metadata.deletionTimestamp !== undefined) return {}
    const keys = readKeys(customer.spec.sshKeys)
    try {
      await this.#bringNamespace(customer, context)
    } catch (error) {
      if (hasCode(error, 'WS_INVALID', 'WS_FORBIDDEN')) {
        await this.#writeStatus(
          customer,
          { keys, outcome: stalled(Reason.InvalidSpec, describeError(error).join(' ')) },
          context,
        )
      }
      throw error
    }
    await this.#writeStatus(customer, { keys, outcome: judge(customer, keys), namespace: namespaceOf(name) }, context)
    return {}
  }

  /** With its bounds, before the status names it: from then on Webspaces are deployed into it. */
  async #bringNamespace(customer: Customer, options: WriteOptions): Promise<void> {
    const { isolation } = this.config
    const namespace = namespaceFor(customer, isolation)
    const live = this.#watches.of(Namespace).get(namespace.metadata.name)
    if (live === undefined) await this.#assertFree(namespace)
    await applyIfChanged(this.cluster, Namespace, { wanted: namespace, live }, options)
    await this.#bring(customer, NetworkPolicy, isolation && networkPolicy(customer, isolation), options)
    await this.#bring(customer, ResourceQuota, resourceQuota(customer), options)
    await this.#bring(customer, LimitRange, limitRange(customer), options)
  }

  /**
   * A namespace of that name may be somebody else's, and would go with the Customer. The watch shows only our own.
   * @throws WS_INVALID
   */
  async #assertFree({ metadata }: Namespace): Promise<void> {
    const { name, labels = {} } = metadata
    const there = await this.cluster.get(Namespace, { name }).catch((error: unknown) => {
      if (hasCode(error, 'WS_NOT_FOUND')) return undefined
      throw error
    })
    const missing = [Label.managedBy, Label.customer].filter(
      (label) => there?.metadata.labels?.[label] !== labels[label],
    )
    if (there === undefined || missing.length === 0) return
    const wanted = missing.map((label) => `${label}=${labels[label]}`).join(' ')
    throw coreError('WS_INVALID', `there is a namespace ${name} that is not this platform's`, {
      remedy: `Delete it, or hand it over: kubectl label namespace ${name} ${wanted}`,
    })
  }

  async #bring<T extends KubernetesObject>(
    customer: Customer,
    kind: Kind<T>,
    wanted: T | undefined,
    options: WriteOptions,
  ): Promise<void> {
    const live = this.#watches.of(kind).get(keyString(customerObjectMeta(customer)))
    if (wanted !== undefined) await applyIfChanged(this.cluster, kind, { wanted, live }, options)
    else if (live !== undefined) await deleteIfThere(this.cluster, kind, live, options)
  }

  #writeStatus(
    customer: Customer,
    { keys, outcome, namespace }: { readonly keys: Keys; readonly outcome: Outcome; readonly namespace?: string },
    options: WriteOptions,
  ): Promise<void> {
    const status = {
      ...(namespace === undefined ? {} : { namespace }),
      keyFingerprints: keys.fingerprints,
      conditions: conditionsOf(customer, outcome, this.clock.now()),
    }
    return this.#status.write(customer, status, options)
  }
}

function namespaceFor(customer: Customer, isolation: IsolationSettings | undefined): Namespace {
  return {
    apiVersion: Namespace.apiVersion,
    kind: Namespace.kind,
    metadata: {
      name: namespaceOf(customer.metadata.name),
      labels: {
        [Label.managedBy]: MANAGER,
        [Label.customer]: customer.metadata.name,
        // All that is deployed here keeps to the strictest of the Pod Security Standards, so nothing else is let in.
        ...(isolation === undefined ? {} : { 'pod-security.kubernetes.io/enforce': 'restricted' }),
      },
      ownerReferences: [ownerReference(customer)],
    },
  }
}

function judge({ spec }: Customer, { fingerprints, problems }: Keys): Outcome {
  if (problems.length > 0) return stalled(Reason.InvalidKey, problems.join('; '))
  if (spec.suspended) return waiting(Reason.Suspended, 'is suspended: its keys can read and not push')
  if (fingerprints.length === 0) return ready('lists no key: nobody can push')
  return ready(fingerprints.length === 1 ? '1 key can push' : `${fingerprints.length} keys can push`)
}

interface Keys {
  readonly fingerprints: readonly string[]
  readonly problems: readonly string[]
}

/** The keys that can be used, and what is wrong with the others; a problem never repeats the line itself. */
function readKeys(lines: readonly string[]): Keys {
  const lineOf = new Map<string, number>()
  const problems: string[] = []
  for (const [index, line] of lines.entries()) {
    const result = parseSshKey(line)
    const field = `spec.sshKeys[${index}]`
    if ('refused' in result) {
      problems.push(`${field}: ${result.refused}`)
      continue
    }
    const former = lineOf.get(result.key.fingerprint)
    if (former === undefined) lineOf.set(result.key.fingerprint, index)
    else problems.push(`${field}: is the same key as spec.sshKeys[${former}]`)
  }
  return { fingerprints: [...lineOf.keys()], problems }
}

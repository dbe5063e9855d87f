import {
  CLOCK,
  CLUSTER,
  Customer,
  inject,
  injectable,
  Label,
  MANAGER,
  Namespace,
  namespaceOf,
  ownerReference,
  parseSshKey,
  Reason,
  type Clock,
  type Cluster,
  type ObjectKey,
  type Reconciler,
  type ReconcileResult,
  type Watched,
  type WatchedCache,
} from '@webspaces/core'
import { watched } from '../controller/controller.ts'
import { WATCHES, type Watches } from '../controller/watches.ts'
import { conditionsOf, ready, stalled, waiting, type Outcome } from './outcome.ts'
import { applyIfChanged } from './owned-objects.ts'
import { patchStatusIfChanged } from './status.ts'

/** Gives each Customer a namespace, and tells which of its keys cannot be used. */
@injectable()
export class CustomerReconciler implements Reconciler {
  readonly name = 'customer'
  readonly kind = Customer
  readonly watches: readonly Watched[] = [
    watched(Namespace, ({ metadata }) => {
      const customer = metadata.labels?.[Label.customer]
      return customer === undefined ? [] : [{ name: customer }]
    }),
  ]
  readonly #customers: WatchedCache<Customer>
  readonly #namespaces: WatchedCache<Namespace>

  constructor(
    @inject(CLUSTER) private readonly cluster: Cluster,
    @inject(CLOCK) private readonly clock: Clock,
    @inject(WATCHES) watches: Watches,
  ) {
    this.#customers = watches.of(Customer)
    this.#namespaces = watches.of(Namespace)
  }

  async reconcile({ name }: ObjectKey): Promise<ReconcileResult> {
    const customer = this.#customers.get(name)
    // The namespace of a Customer that is gone goes by its owner reference, with everything in it.
    if (customer === undefined || customer.metadata.deletionTimestamp !== undefined) return {}
    const namespace = namespaceOf(name)
    await applyIfChanged(this.cluster, Namespace, namespaceFor(customer), this.#namespaces.get(namespace))
    const keys = readKeys(customer.spec.sshKeys)
    await patchStatusIfChanged(this.cluster, Customer, customer, {
      namespace,
      keyFingerprints: keys.fingerprints,
      conditions: conditionsOf(customer, judge(customer, keys), this.clock.now()),
    })
    return {}
  }
}

function namespaceFor(customer: Customer): Namespace {
  return {
    apiVersion: Namespace.apiVersion,
    kind: Namespace.kind,
    metadata: {
      name: namespaceOf(customer.metadata.name),
      labels: { [Label.managedBy]: MANAGER, [Label.customer]: customer.metadata.name },
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

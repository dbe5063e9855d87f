import type { Addressing } from '../contracts/addressing.ts'
import type { WorkloadSettings } from '../plugin/config.ts'
import type { Customer } from '../resources/customer.ts'
import {
  ownerReference,
  type Kind,
  type KubernetesObject,
  type ObjectKey,
  type ObjectMeta,
} from '../resources/object.ts'
import type { Release } from '../resources/release.ts'
import type { Webspace } from '../resources/webspace.ts'
import { wantedReleases } from './branches.ts'
import { deployment } from './deployment.ts'
import { hostsOf, siteUrlOf, type HostOwners } from './hosts.ts'
import { ingress } from './ingress.ts'
import { Annotation, Label, MANAGER } from './labels.ts'
import { Deployment, Ingress, Service } from './objects.ts'
import { smallerQuantity } from './quantity.ts'
import { service } from './service.ts'
import { objectName, slugOf } from './slug.ts'

export interface WorkloadInput {
  readonly webspace: Webspace
  readonly customer: Customer
  /** Releases of this Webspace; others are passed over. */
  readonly releases: readonly Release[]
  readonly settings: WorkloadSettings
  readonly addressing: Addressing
  readonly hosts: HostOwners
  /** Milliseconds since the epoch. */
  readonly now: number
}

export interface Workload {
  /** All that should exist of this Webspace, the Namespace apart. What exists beside it is no longer wanted. */
  readonly objects: readonly WorkloadObject[]
  /** Production first. */
  readonly branches: readonly BranchWorkload[]
  /** Hosts that this Webspace claims and another has. */
  readonly conflicts: readonly HostConflict[]
  /** When this answer changes by time alone; milliseconds since the epoch. */
  readonly wakeAt?: number
}

export interface WorkloadObject {
  readonly kind: Kind
  readonly object: KubernetesObject
}

/** One branch that is live or to be so. */
export interface BranchWorkload {
  readonly branch: string
  readonly slug: string
  readonly production: boolean
  /** Hosts that it has; without one it runs and cannot be reached. */
  readonly hosts: readonly string[]
  readonly url: string
  readonly release: Release
  readonly deployment: Required<ObjectKey>
  readonly replicas: number
  readonly metadata: ObjectMeta
  /** What the Deployment and the Service select pods by. */
  readonly selector: Readonly<Record<string, string>>
}

/** The namespace that holds what a customer's Webspaces run. */
export function namespaceOf(customer: string): string {
  return `customer-${customer}`
}

/** The Deployment of a branch, whose name all of its objects have. */
export function deploymentKeyOf({ metadata, spec }: Webspace, branch: string): Required<ObjectKey> {
  const slug = branch === spec.branch ? undefined : slugOf(branch)
  return { namespace: namespaceOf(spec.customer), name: objectName(metadata.name, slug) }
}

export interface HostConflict {
  readonly host: string
  readonly owner: string
}

/** From the resources to the objects that should exist: pure, and the whole of what "deployed" means. */
export function workload(input: WorkloadInput): Workload {
  const { webspace, releases, now } = input
  const { production, previews, wakeAt } = wantedReleases(webspace, releases, now)
  const wanted = production === undefined ? previews : [production, ...previews]
  const branches = wanted.map((release) => branchWorkload(input, release))
  return {
    objects: branches.flatMap((branch) => objects(input, branch)),
    branches,
    conflicts: conflicts(input, [webspace.spec.branch, ...previews.map((release) => release.spec.branch)]),
    ...(wakeAt === undefined ? {} : { wakeAt }),
  }
}

function branchWorkload(input: WorkloadInput, release: Release): BranchWorkload {
  const { webspace, addressing, hosts } = input
  const { branch } = release.spec
  const production = branch === webspace.spec.branch
  const slug = slugOf(branch)
  const deployment = deploymentKeyOf(webspace, branch)
  const { namespace, name } = deployment
  const claimed = hostsOf(webspace, branch, addressing)
  // By the object's own name and not by the branch: which branch is production can change, a selector cannot.
  const selector = { [Label.webspace]: webspace.metadata.name, [Label.instance]: name }
  return {
    branch,
    slug,
    production,
    hosts: claimed.filter((host) => owns(hosts, host, webspace)),
    url: siteUrlOf(webspace, branch, addressing),
    release,
    deployment,
    replicas: replicasOf(webspace, production),
    selector,
    metadata: {
      name,
      namespace,
      labels: {
        [Label.name]: webspace.metadata.name,
        [Label.managedBy]: MANAGER,
        [Label.customer]: webspace.spec.customer,
        ...selector,
        [Label.branch]: slug,
        [Label.release]: release.metadata.name,
      },
      annotations: { [Annotation.branch]: branch },
      ownerReferences: [ownerReference(webspace)],
    },
  }
}

function objects(input: WorkloadInput, branch: BranchWorkload): WorkloadObject[] {
  const { webspace, customer } = input
  const settings = settingsFor(customer, input.settings)
  return [
    { kind: Deployment, object: deployment(branch, webspace, settings) },
    { kind: Service, object: service(branch) },
    ...(branch.hosts.length === 0 ? [] : [{ kind: Ingress, object: ingress(branch, webspace, settings) }]),
  ]
}

/** The platform's defaults are for those who say nothing: where a customer's replicas may have less, they get less. */
function settingsFor({ spec }: Customer, settings: WorkloadSettings): WorkloadSettings {
  const most: Readonly<Record<string, string | undefined>> = spec.quota?.replica ?? {}
  const within = (amounts: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(
      Object.entries(amounts).map(([name, amount]) => [name, smallerQuantity(amount, most[name] ?? amount)]),
    )
  const { requests, limits } = settings.defaultResources
  return { ...settings, defaultResources: { requests: within(requests), limits: within(limits) } }
}

function conflicts(input: WorkloadInput, branches: readonly string[]): HostConflict[] {
  const { webspace, addressing, hosts } = input
  return branches
    .flatMap((branch) => hostsOf(webspace, branch, addressing))
    .filter((host) => !owns(hosts, host, webspace))
    .map((host) => ({ host, owner: hosts.ownerOf(host) ?? '' }))
}

/** A host that nobody is known to have yet (the table is a moment behind) is this Webspace's. */
function owns(hosts: HostOwners, host: string, webspace: Webspace): boolean {
  return (hosts.ownerOf(host) ?? webspace.metadata.name) === webspace.metadata.name
}

function replicasOf(webspace: Webspace, production: boolean): number {
  if (webspace.spec.suspended) return 0
  return production ? webspace.spec.replicas : Math.min(1, webspace.spec.replicas)
}

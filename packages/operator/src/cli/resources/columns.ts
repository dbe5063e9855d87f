import type {
  Condition,
  Customer,
  KubernetesObject,
  Release,
  ResourceKind,
  RuntimeResource,
  Webspace,
} from '@webspaces/core'
import { age } from './age.ts'

/** One column of `webspaces get`. */
export interface Column<T> {
  readonly header: string
  /** Shown with `-o wide` only. */
  readonly wide?: boolean
  /** `now` in milliseconds since the epoch. */
  readonly value: (object: T, now: number) => string
}

const NAME: Column<KubernetesObject> = { header: 'NAME', value: ({ metadata }) => metadata.name }

const AGE: Column<KubernetesObject> = {
  header: 'AGE',
  value: ({ metadata }, now) =>
    metadata.creationTimestamp === undefined ? '<unknown>' : age(now - Date.parse(metadata.creationTimestamp)),
}

type WithConditions = KubernetesObject & { readonly status?: { readonly conditions?: readonly Condition[] } }

const READY: Column<WithConditions> = { header: 'READY', value: (object) => ready(object)?.status ?? 'Unknown' }

const REASON: Column<WithConditions> = { header: 'REASON', wide: true, value: (object) => ready(object)?.reason ?? '' }

function ready(object: WithConditions): Condition | undefined {
  return object.status?.conditions?.find(({ type }) => type === 'Ready')
}

const CUSTOMER: readonly Column<Customer>[] = [
  NAME,
  { header: 'CUSTOMER', value: ({ spec }) => spec.name },
  { header: 'EMAIL', value: ({ spec }) => spec.email },
  { header: 'KEYS', value: ({ spec }) => String(spec.sshKeys.length) },
  READY,
  AGE,
  REASON,
  { header: 'NAMESPACE', wide: true, value: ({ status }) => status?.namespace ?? '' },
]

const RUNTIME: readonly Column<RuntimeResource>[] = [
  NAME,
  { header: 'PLUGIN', value: ({ spec }) => spec.plugin ?? '' },
  READY,
  AGE,
  REASON,
  { header: 'PORT', wide: true, value: ({ spec }) => String(spec.port ?? '') },
  { header: 'DOCKERFILE', wide: true, value: ({ spec }) => (spec.dockerfile === undefined ? 'of plugin' : 'own') },
]

const WEBSPACE: readonly Column<Webspace>[] = [
  NAME,
  { header: 'CUSTOMER', value: ({ spec }) => spec.customer },
  { header: 'RUNTIME', value: ({ spec }) => spec.runtime },
  { header: 'URL', value: ({ status }) => status?.url ?? '' },
  { header: 'REPLICAS', value: ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec.replicas}` },
  { header: 'RELEASE', value: ({ status }) => status?.branches?.find(({ production }) => production)?.release ?? '' },
  READY,
  AGE,
  REASON,
  { header: 'BRANCHES', wide: true, value: ({ status }) => (status?.branches ?? []).map((b) => b.branch).join(',') },
  { header: 'CLONE-URL', wide: true, value: ({ status }) => status?.cloneUrl ?? '' },
]

const RELEASE: readonly Column<Release>[] = [
  NAME,
  { header: 'WEBSPACE', value: ({ spec }) => spec.webspace },
  { header: 'BRANCH', value: ({ spec }) => spec.branch },
  { header: 'COMMIT', value: ({ spec }) => spec.commit.slice(0, 7) },
  { header: 'PHASE', value: ({ status }) => status?.phase ?? '' },
  { header: 'ROLLOUT', value: ({ status }) => status?.rollout?.phase ?? '' },
  AGE,
  { header: 'SOURCE', wide: true, value: ({ spec }) => spec.source },
  { header: 'AUTHOR', wide: true, value: ({ spec }) => spec.author },
  { header: 'MESSAGE', wide: true, value: ({ spec }) => spec.message },
]

const COLUMNS: Readonly<Record<string, readonly Column<never>[]>> = {
  Customer: CUSTOMER,
  Runtime: RUNTIME,
  Webspace: WEBSPACE,
  Release: RELEASE,
}

/** The columns of a kind, in order. */
export function columnsOf(kind: ResourceKind, wide: boolean): readonly Column<KubernetesObject>[] {
  // Each list belongs to its kind, and objects of one kind alone are put into it.
  const columns = (COLUMNS[kind.kind] ?? []) as readonly Column<KubernetesObject>[]
  return columns.filter((column) => wide || column.wide !== true)
}

import { createHash } from 'node:crypto'
import {
  Deployment,
  hasCode,
  Ingress,
  keyOf,
  keyString,
  Label,
  Service,
  type Cluster,
  type Kind,
  type KubernetesObject,
  type WebspacesError,
  type WorkloadObject,
  type WriteOptions,
} from '@webspaces/core'
import { CacheIndex } from '../controller/cache-index.ts'
import type { Watches } from '../controller/watches.ts'
import { covers } from './covers.ts'
import { deleteIfThere } from './delete-if-there.ts'

/** What a Webspace consists of. Taken away in reverse: a host first, then what stands behind it. */
export const OWNED_KINDS: readonly Kind[] = [Deployment, Service, Ingress]

/** Digest of the object as it was applied; tells that something is to be taken away, which a comparison does not. */
const APPLIED = 'webspaces.dev/applied'

/** An object that the cluster does not take as it is. */
export interface Refusal {
  readonly object: KubernetesObject
  readonly error: WebspacesError
}

/** Brings what exists of a Webspace to what should exist, in whatever namespace it is. */
export class OwnedObjects {
  readonly #cluster: Pick<Cluster, 'apply' | 'delete'>
  readonly #live: readonly { readonly kind: Kind; readonly byWebspace: CacheIndex<KubernetesObject> }[]

  constructor(cluster: Pick<Cluster, 'apply' | 'delete'>, watches: Watches) {
    this.#cluster = cluster
    this.#live = OWNED_KINDS.map((kind) => ({
      kind,
      byWebspace: new CacheIndex(watches.of(kind), (object) => [object.metadata.labels?.[Label.webspace]]),
    }))
  }

  /**
   * Writes what is missing or differs, then deletes what is no longer wanted. What the cluster refuses does not keep the
   * rest from that: it may be a branch of many, or what somebody mends by pushing again.
   */
  async bring(webspace: string, wanted: readonly WorkloadObject[], options: WriteOptions): Promise<readonly Refusal[]> {
    const refusals: Refusal[] = []
    for (const { kind, byWebspace } of this.#live) {
      const live = new Map(byWebspace.of(webspace).map((object) => [nameOf(object), object]))
      for (const { object } of wanted.filter((entry) => entry.kind === kind)) {
        try {
          await applyIfChanged(this.#cluster, kind, { wanted: object, live: live.get(nameOf(object)) }, options)
        } catch (error) {
          if (!hasCode(error, 'WS_INVALID', 'WS_FORBIDDEN')) throw error
          refusals.push({ object, error })
        }
      }
    }
    for (const { kind, byWebspace } of this.#live.toReversed()) {
      const names = new Set(wanted.filter((entry) => entry.kind === kind).map(({ object }) => nameOf(object)))
      for (const object of byWebspace.of(webspace)) {
        if (!names.has(nameOf(object))) await deleteIfThere(this.#cluster, kind, object, options)
      }
    }
    return refusals
  }
}

/** Applies an object unless the live one is like it already, which spares a request where nothing has changed. */
export async function applyIfChanged<T extends KubernetesObject>(
  cluster: Pick<Cluster, 'apply'>,
  kind: Kind<T>,
  { wanted, live }: { readonly wanted: T; readonly live: KubernetesObject | undefined },
  { signal }: WriteOptions,
): Promise<void> {
  const digest = createHash('sha256').update(JSON.stringify(wanted)).digest('hex').slice(0, 16)
  const { metadata } = wanted
  const stamped = { ...wanted, metadata: { ...metadata, annotations: { ...metadata.annotations, [APPLIED]: digest } } }
  if (live === undefined || !covers(live, stamped)) await cluster.apply(kind, stamped, { signal })
}

function nameOf(object: KubernetesObject): string {
  return keyString(keyOf(object))
}

import { createHash } from 'node:crypto'
import {
  Deployment,
  Ingress,
  keyOf,
  keyString,
  Label,
  Service,
  type Cluster,
  type Kind,
  type KubernetesObject,
  type WorkloadObject,
} from '@webspaces/core'
import { CacheIndex } from '../controller/cache-index.ts'
import type { Watches } from '../controller/watches.ts'
import { covers } from './covers.ts'
import { deleteIfThere } from './delete-if-there.ts'

/** What a Webspace consists of. Taken away in reverse: a host first, then what stands behind it. */
export const OWNED_KINDS: readonly Kind[] = [Deployment, Service, Ingress]

/** Digest of the object as it was applied; tells that something is to be taken away, which a comparison does not. */
const APPLIED = 'webspaces.dev/applied'

/** Brings what exists of a Webspace to what should exist, in whatever namespace it is. */
export class OwnedObjects {
  readonly #cluster: Cluster
  readonly #live: readonly { readonly kind: Kind; readonly byWebspace: CacheIndex<KubernetesObject> }[]

  constructor(cluster: Cluster, watches: Watches) {
    this.#cluster = cluster
    this.#live = OWNED_KINDS.map((kind) => ({
      kind,
      byWebspace: new CacheIndex(watches.of(kind), (object) => [object.metadata.labels?.[Label.webspace]]),
    }))
  }

  /** Writes what is missing or differs, then deletes what is no longer wanted. */
  async bring(webspace: string, wanted: readonly WorkloadObject[]): Promise<void> {
    for (const { kind, byWebspace } of this.#live) {
      const live = new Map(byWebspace.of(webspace).map((object) => [nameOf(object), object]))
      for (const { object } of wanted.filter((entry) => entry.kind === kind)) {
        await applyIfChanged(this.#cluster, kind, object, live.get(nameOf(object)))
      }
    }
    for (const { kind, byWebspace } of this.#live.toReversed()) {
      const names = new Set(wanted.filter((entry) => entry.kind === kind).map(({ object }) => nameOf(object)))
      for (const object of byWebspace.of(webspace)) {
        if (!names.has(nameOf(object))) await deleteIfThere(this.#cluster, kind, object)
      }
    }
  }
}

/** Applies an object unless the live one is like it already, which spares a request where nothing has changed. */
export async function applyIfChanged<T extends KubernetesObject>(
  cluster: Pick<Cluster, 'apply'>,
  kind: Kind<T>,
  object: T,
  live: KubernetesObject | undefined,
): Promise<void> {
  const digest = createHash('sha256').update(JSON.stringify(object)).digest('hex').slice(0, 16)
  const { metadata } = object
  const stamped = { ...object, metadata: { ...metadata, annotations: { ...metadata.annotations, [APPLIED]: digest } } }
  if (live === undefined || !covers(live, stamped)) await cluster.apply(kind, stamped)
}

function nameOf(object: KubernetesObject): string {
  return keyString(keyOf(object))
}

/** The shape that every object in the Cluster has; the field names are Kubernetes' own. */
export interface KubernetesObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
}

export interface ObjectMeta {
  readonly name: string
  readonly namespace?: string
  readonly uid?: string
  /** Opaque; equal means unchanged. */
  readonly resourceVersion?: string
  /** Counts changes of the spec, not of status or metadata. */
  readonly generation?: number
  /** RFC 3339. */
  readonly creationTimestamp?: string
  /** Set once deletion was asked for and finalizers are left. RFC 3339. */
  readonly deletionTimestamp?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly ownerReferences?: readonly OwnerReference[]
  readonly finalizers?: readonly string[]
}

export interface OwnerReference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly controller?: boolean
  readonly blockOwnerDeletion?: boolean
}

/** What addresses the objects of one kind, and (as a type) what they look like. */
export interface Kind<T extends KubernetesObject = KubernetesObject> {
  readonly apiVersion: string
  readonly kind: string
  /** Lower case, as in the API's path and in `kubectl get PLURAL`. */
  readonly plural: string
  readonly shortNames: readonly string[]
  readonly namespaced: boolean
  /** Carries T; never set. */
  readonly object?: T
}

/** Addresses one object of a kind. `namespace` is given exactly for namespaced kinds. */
export interface ObjectKey {
  readonly name: string
  readonly namespace?: string
}

export interface Condition {
  readonly type: string
  readonly status: 'True' | 'False' | 'Unknown'
  /** CamelCase, for programs. */
  readonly reason: string
  /** A sentence, for people. */
  readonly message: string
  readonly observedGeneration?: number
  /** RFC 3339; changes only with `status`. */
  readonly lastTransitionTime: string
}

export function keyOf(object: KubernetesObject): ObjectKey {
  const { name, namespace } = object.metadata
  return namespace === undefined ? { name } : { name, namespace }
}

/** `name`, or `namespace/name`: unique among the objects of one kind. */
export function keyString(key: ObjectKey): string {
  return key.namespace === undefined ? key.name : `${key.namespace}/${key.name}`
}

/** The reference that makes `owner` take its dependants with it when it is deleted. */
export function ownerReference(owner: KubernetesObject): OwnerReference {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  }
}

import type { ListOptions, WatchEvent, WatchOptions } from '../contracts/cluster.ts'
import { keyOf, keyString, type Kind, type KubernetesObject, type ObjectKey } from '../resources/object.ts'
import { BUILT_IN_KINDS, kindId } from './kinds.ts'
import { byKey, isSelected } from './selection.ts'
import { Subscription } from './subscription.ts'

interface Shelf {
  readonly kind: Kind
  readonly objects: Map<string, KubernetesObject>
  readonly subscriptions: Set<Subscription<KubernetesObject>>
}

/** All objects in memory, and everybody who watches them. */
export class ObjectIndex {
  readonly #shelves = new Map<string, Shelf>()
  readonly #byUid = new Map<string, KubernetesObject>()
  readonly #onChange: (object: KubernetesObject, event: 'set' | 'removed') => void

  constructor(
    onChange: (object: KubernetesObject, event: 'set' | 'removed') => void = () => undefined,
    kinds: readonly Kind[] = BUILT_IN_KINDS,
  ) {
    this.#onChange = onChange
    for (const kind of kinds) this.#shelf(kind)
  }

  get size(): number {
    return this.#byUid.size
  }

  get<T extends KubernetesObject>(kind: Kind<T>, key: ObjectKey): T | undefined {
    return this.#shelf(kind).objects.get(keyString(key)) as T | undefined
  }

  getByUid(uid: string): KubernetesObject | undefined {
    return this.#byUid.get(uid)
  }

  list<T extends KubernetesObject>(kind: Kind<T>, options: ListOptions = {}): T[] {
    const objects = [...this.#shelf(kind).objects.values()] as T[]
    return objects.filter((object) => isSelected(object, options)).sort(byKey)
  }

  *everything(): Generator<{ readonly kind: Kind; readonly object: KubernetesObject }> {
    for (const { kind, objects } of this.#shelves.values()) {
      for (const object of objects.values()) yield { kind, object }
    }
  }

  knows(kind: { readonly apiVersion: string; readonly kind: string }): boolean {
    return this.#shelves.has(kindId(kind))
  }

  /** Takes over the state of an object. One that replaces another of its name lets that one go first. */
  set(kind: Kind, object: KubernetesObject): void {
    const { objects, subscriptions } = this.#shelf(kind)
    const key = keyString(keyOf(object))
    const former = objects.get(key)
    if (former?.metadata.resourceVersion === object.metadata.resourceVersion) return
    if (former !== undefined && former.metadata.uid !== object.metadata.uid) this.remove(kind, keyOf(former))
    objects.set(key, object)
    this.#byUid.set(object.metadata.uid ?? '', object)
    for (const subscription of subscriptions) subscription.applied(object)
    this.#onChange(object, 'set')
  }

  remove(kind: Kind, key: ObjectKey): void {
    const { objects, subscriptions } = this.#shelf(kind)
    const former = objects.get(keyString(key))
    if (former === undefined) return
    objects.delete(keyString(key))
    this.#byUid.delete(former.metadata.uid ?? '')
    for (const subscription of subscriptions) subscription.deleted(former)
    this.#onChange(former, 'removed')
  }

  /** As the contract of Cluster has it. */
  async *watch<T extends KubernetesObject>(
    kind: Kind<T>,
    options: WatchOptions,
  ): AsyncGenerator<WatchEvent<T>, void, undefined> {
    const selects = (object: KubernetesObject): boolean => isSelected(object, options)
    const { subscriptions } = this.#shelf(kind)
    const subscription = new Subscription(this.list<KubernetesObject>(kind), selects)
    subscriptions.add(subscription)
    try {
      yield* subscription.events(options.signal) as AsyncGenerator<WatchEvent<T>>
    } finally {
      subscriptions.delete(subscription)
    }
  }

  #shelf(kind: Kind): Shelf {
    const id = kindId(kind)
    const known = this.#shelves.get(id)
    if (known !== undefined) return known
    const shelf: Shelf = { kind, objects: new Map(), subscriptions: new Set() }
    this.#shelves.set(id, shelf)
    return shelf
  }
}

import { keyString, type Kind, type ListOptions, type ObjectKey } from '@webspaces/core'

/** Of all objects of a kind, in one namespace or in all. */
export function collectionPath(kind: Kind, namespace?: string): string {
  const root = kind.apiVersion.includes('/') ? `/apis/${kind.apiVersion}` : `/api/${kind.apiVersion}`
  return namespace === undefined
    ? `${root}/${kind.plural}`
    : `${root}/namespaces/${encodeURIComponent(namespace)}/${kind.plural}`
}

export function objectPath(kind: Kind, { namespace, name }: ObjectKey): string {
  return `${collectionPath(kind, namespace)}/${encodeURIComponent(name)}`
}

export function labelSelector(labels: ListOptions['labels']): string | undefined {
  const terms = Object.entries(labels ?? {}).map(([label, value]) => `${label}=${value}`)
  return terms.length === 0 ? undefined : terms.join(',')
}

/** For messages. */
export function nameOf(kind: Kind, key: ObjectKey): string {
  return `${kind.kind} ${JSON.stringify(keyString(key).slice(0, 300))}`
}

import { coreError, type Kind, type KubernetesObject, type ListOptions } from '@webspaces/core'
import type { ApiServer } from './api-server.ts'
import { received } from './incoming.ts'
import { collectionPath, labelSelector } from './paths.ts'
import { httpStatusOf } from './status-error.ts'

/** Objects in one answer: as many as client-go asks for. */
const PAGE = 500
/** A list that takes longer than the server keeps its state for is begun again this often. */
const ATTEMPTS = 5

export interface ObjectList<T> {
  readonly items: T[]
  /** Where a watch goes on from. */
  readonly resourceVersion: string
}

interface Page<T> {
  readonly items: readonly T[]
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string }
}

/** All objects as they were at one moment, read page by page. */
export async function listAll<T extends KubernetesObject>(
  server: ApiServer,
  kind: Kind<T>,
  selection: ListOptions,
  signal?: AbortSignal,
): Promise<ObjectList<T>> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const list = await listOnce(server, kind, selection, signal)
    if (list !== undefined) return list
  }
  throw coreError('WS_UNAVAILABLE', `list of ${kind.plural} expired ${ATTEMPTS} times before its last page was read`)
}

/** Undefined where the server has forgotten that moment before the last page was read. */
async function listOnce<T extends KubernetesObject>(
  server: ApiServer,
  kind: Kind<T>,
  { namespace, labels }: ListOptions,
  signal: AbortSignal | undefined,
): Promise<ObjectList<T> | undefined> {
  const items: T[] = []
  let next: string | undefined
  for (;;) {
    let page: Page<T>
    try {
      page = await server.request<Page<T>>(
        {
          method: 'GET',
          path: collectionPath(kind, namespace),
          query: { limit: PAGE, labelSelector: labelSelector(labels), continue: next },
          subject: `list ${kind.plural}`,
          repeatable: true,
        },
        signal,
      )
    } catch (error) {
      if (next !== undefined && httpStatusOf(error) === 410) return undefined
      throw error
    }
    for (const item of page.items) items.push(received(kind, item))
    next = page.metadata.continue
    if (next === undefined || next === '') return { items, resourceVersion: page.metadata.resourceVersion }
  }
}

import { expect, test } from 'vitest'
import type { Cluster, WatchEvent } from '../contracts/cluster.ts'
import { coreError } from '../errors/catalogue.ts'
import type { KubernetesObject } from '../resources/object.ts'
import { ResourceCaches } from './resource-caches.ts'

/** A cluster without objects whose watch of one kind is refused once it has synced. */
function refusing(plural: string): { readonly cluster: Pick<Cluster, 'watch'>; readonly refuse: () => void } {
  let refuse: () => void = () => undefined
  const refused = new Promise<void>((resolve) => (refuse = resolve))
  return {
    refuse,
    cluster: {
      async *watch<T extends KubernetesObject>(
        kind: { readonly plural: string },
        { signal }: { readonly signal: AbortSignal },
      ): AsyncGenerator<WatchEvent<T>> {
        yield { type: 'synced' }
        if (kind.plural === plural) {
          await refused
          throw coreError('WS_FORBIDDEN', `${plural} are forbidden`)
        }
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
      },
    },
  }
}

test('a watch that ends by an error is told of, as what is known grows old', async () => {
  const { cluster, refuse } = refusing('customers')
  const logged: unknown[] = []
  const logger = { error: (message: string, fields: object) => void logged.push({ message, ...fields }) }
  const caches = new ResourceCaches(cluster as Cluster, logger as never)
  await caches.start(new AbortController().signal)
  expect(caches.lost).toEqual([])
  refuse()
  await expect.poll(() => caches.lost).toEqual(['customers'])
  expect(logged).toEqual([expect.objectContaining({ message: 'cache lost its watch', kind: 'customers' })])
  await caches.stop()
})

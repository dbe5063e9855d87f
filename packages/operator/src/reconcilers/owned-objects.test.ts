import { Label, MANAGER, ResourceCaches, Service, type Cluster, type Logger } from '@webspaces/core'
import { memoryCluster } from '@webspaces/core/testing'
import { beforeEach, expect, test } from 'vitest'
import { Watches } from '../controller/watches.ts'
import { applyIfChanged, OwnedObjects } from './owned-objects.ts'

const KEY = { namespace: 'customer-ada', name: 'blog' }

function service(labels: Readonly<Record<string, string>> = {}): Service {
  return {
    apiVersion: Service.apiVersion,
    kind: Service.kind,
    metadata: { ...KEY, labels: { [Label.managedBy]: MANAGER, ...labels } },
    spec: { selector: { app: 'blog' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
  }
}

const ignore = (): void => undefined
const silent: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore, child: () => silent }

let cluster: Cluster
/** On Kubernetes each is a request. */
let applies: number
beforeEach(() => {
  cluster = memoryCluster()
  applies = 0
})

async function apply(object: Service): Promise<void> {
  const live = await cluster.get(Service, KEY).catch(() => undefined)
  const counting: Pick<Cluster, 'apply'> = {
    apply: (kind, object) => {
      applies += 1
      return cluster.apply(kind, object)
    },
  }
  await applyIfChanged(counting, Service, { wanted: object, live }, {})
}

test('an object that is as it was applied is not applied again', async () => {
  await apply(service())
  await apply(service())
  expect(applies).toBe(1)
})

test('what others add stays, and what they change is put back', async () => {
  await apply(service())
  await cluster.patch(Service, KEY, { metadata: { labels: { theirs: 'yes' } } })
  await apply(service())
  expect(applies).toBe(1)
  await cluster.patch(Service, KEY, { spec: { selector: { app: 'other' } } })
  await apply(service())
  expect((await cluster.get(Service, KEY)).spec.selector).toEqual({ app: 'blog' })
})

test('what is no longer wanted is taken away, though what is left is all there', async () => {
  await apply(service({ former: 'yes' }))
  await apply(service())
  expect((await cluster.get(Service, KEY)).metadata.labels).toEqual({ [Label.managedBy]: MANAGER })
})

test('when the term is over in the middle, nothing more is written', async () => {
  const term = new AbortController()
  const reason = new Error('the term is over')
  const ending: Pick<Cluster, 'apply' | 'delete'> = {
    apply: async (kind, object, options) => {
      const applied = await cluster.apply(kind, object, options)
      term.abort(reason)
      return applied
    },
    delete: (kind, key, options) => cluster.delete(kind, key, options),
  }
  const caches = new ResourceCaches(cluster, silent)
  const owned = new OwnedObjects(ending, new Watches(cluster, caches, silent))
  const second: Service = { ...service(), metadata: { ...service().metadata, name: 'second' } }
  const wanted = [service(), second].map((object) => ({ kind: Service, object }))
  await expect(owned.bring('blog', wanted, { signal: term.signal })).rejects.toBe(reason)
  expect((await cluster.list(Service)).map(({ metadata }) => metadata.name)).toEqual(['blog'])
})

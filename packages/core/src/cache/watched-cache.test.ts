import { expect, test } from 'vitest'
import type { LogFields } from '../contracts/system.ts'
import { Namespace } from '../workload/objects.ts'
import { memoryCluster } from '../testing/memory-cluster.ts'
import { WatchedCache } from './watched-cache.ts'

const namespace = (name: string): Namespace => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })

test('a listener that fails is reported, and neither the others nor the watch suffer from it', async () => {
  const cluster = memoryCluster()
  const reports: LogFields[] = []
  const cache = new WatchedCache(cluster, Namespace, {
    error: (message, fields) => void reports.push({ message, ...fields }),
  })
  const heard: string[] = []
  const problem = new TypeError('no such field')
  cache.onChange(({ key }) => {
    if (key === 'odd') throw problem
  })
  cache.onChange(({ key, now }) => heard.push(`${key} ${now === undefined ? 'went' : 'came'}`))
  const stop = new AbortController()
  const following = cache.follow(stop.signal, () => undefined)

  await cluster.create(Namespace, namespace('odd'))
  await cluster.create(Namespace, namespace('plain'))
  await expect.poll(() => heard).toEqual(['odd came', 'plain came'])
  await cluster.delete(Namespace, { name: 'odd' })
  await expect.poll(() => heard.at(-1)).toBe('odd went')
  const report = { message: 'listener of a cache failed', kind: 'namespaces', key: 'odd', error: problem }
  expect(reports).toEqual([report, report])

  stop.abort()
  await following
})

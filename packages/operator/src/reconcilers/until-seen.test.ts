import { Customer, Namespace, WatchedCache } from '@webspaces/core'
import { memoryCluster } from '@webspaces/core/testing'
import { expect, test } from 'vitest'
import { ManualClock } from '../controller/manual-clock.test.kit.ts'
import { untilSeen } from './until-seen.ts'

const NAMESPACE: Namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'space' } }
const logger = { error: () => undefined }

test('it ends as soon as the cache has the object, and at once if it has it already', async () => {
  const cluster = memoryCluster()
  const cache = new WatchedCache(cluster, Namespace, logger)
  const stop = new AbortController()
  const following = cache.follow(stop.signal, () => undefined)
  const clock = new ManualClock()
  const seen = untilSeen(cache, 'space', clock, stop.signal)
  await cluster.create(Namespace, NAMESPACE)
  await seen
  expect(cache.get('space')).toBeDefined()
  await untilSeen(cache, 'space', clock, stop.signal)
  stop.abort()
  await following
})

test('it ends after a few seconds where a watch has stopped', async () => {
  const clock = new ManualClock()
  const waiting = untilSeen(
    new WatchedCache(memoryCluster(), Customer, logger),
    'ada',
    clock,
    new AbortController().signal,
  )
  await clock.advance(5000)
  await waiting
})

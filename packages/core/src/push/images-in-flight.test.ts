import { afterEach, beforeEach, expect, test } from 'vitest'
import { ResourceCaches } from '../cache/resource-caches.ts'
import type { Cluster } from '../contracts/cluster.ts'
import type { Logger } from '../contracts/system.ts'
import { Release } from '../resources/release.ts'
import { Webspace } from '../resources/webspace.ts'
import { memoryCluster } from '../testing/memory-cluster.ts'
import { ImagesInFlight } from './images-in-flight.ts'

const none = (): void => undefined
const logger: Logger = { debug: none, info: none, warn: none, error: none, child: () => logger }
const image = (digit: string): string => `test/blog@sha256:${digit.repeat(64)}`

let cluster: Cluster
let caches: ResourceCaches
let inFlight: ImagesInFlight

beforeEach(async () => {
  cluster = memoryCluster()
  const spec = { customer: 'ada', runtime: 'text' }
  await cluster.create(Webspace, Webspace.parse({ ...meta('blog'), kind: 'Webspace', spec }))
  caches = new ResourceCaches(cluster, logger)
  await caches.start(new AbortController().signal)
  inFlight = new ImagesInFlight(caches)
})
afterEach(() => caches.stop())

const meta = (name: string) => ({ apiVersion: 'webspaces.dev/v1alpha1', metadata: { name } })

function release(digit: string): Promise<Release> {
  const text = { branch: 'main', commit: 'a'.repeat(40), buildKey: 'key', author: 'Ada', message: 'First' }
  const spec = { ...text, webspace: 'blog', number: 1, image: image(digit), port: 3000, source: 'push' }
  return cluster.create(Release, Release.parse({ ...meta('blog-1'), kind: 'Release', spec }))
}

test('an image is in flight until the cache shows the Release that names it', async () => {
  const hold = inFlight.hold('blog')
  expect(inFlight.images()).toEqual([])
  hold.given(image('1'))
  const written = await release('1')
  // The number was taken before, by a Release that is gone: the watch has not come to the new one.
  hold.namedBy({ ...written, metadata: { ...written.metadata, uid: 'of-the-next' } })
  await expect.poll(() => caches.releases.get('blog-1')).toBeDefined()
  expect(inFlight.images()).toEqual([image('1')])
  hold.namedBy(written)
  expect(inFlight.images()).toEqual([])
})

test('an image that two pushes were given is in flight until the last of them has let go', () => {
  const [first, second] = [inFlight.hold('blog'), inFlight.hold('blog')]
  for (const hold of [first, second]) hold.given(image('1'))
  first.drop()
  expect(inFlight.images()).toEqual([image('1')])
  second.drop()
  expect(inFlight.images()).toEqual([])
})

test('a hold that is dropped is told of once, with its Webspace', () => {
  const dropped: string[] = []
  const unsubscribe = inFlight.onDrop((webspace) => dropped.push(webspace))
  const holds = [inFlight.hold('blog'), inFlight.hold('shop'), inFlight.hold('blog')]
  holds[1]?.drop()
  holds[1]?.drop()
  holds[0]?.drop()
  unsubscribe()
  holds[2]?.drop()
  expect(dropped).toEqual(['shop', 'blog'])
})

test('with its Webspace nothing of it is waited for', async () => {
  const hold = inFlight.hold('blog')
  hold.given(image('1'))
  const written = await release('1')
  hold.namedBy({ ...written, metadata: { ...written.metadata, uid: 'never-seen' } })
  expect(inFlight.images()).toEqual([image('1')])
  await cluster.delete(Webspace, { name: 'blog' })
  await expect.poll(() => inFlight.images()).toEqual([])
})

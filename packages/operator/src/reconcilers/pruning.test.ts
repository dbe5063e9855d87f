import {
  BUILDER,
  IMAGES,
  PART,
  Release,
  RuntimeResource,
  Webspace,
  type Builder,
  type Plugin,
  type PrunePolicy,
} from '@webspaces/core'
import { afterEach, expect, test } from 'vitest'
import { ImagePruning } from './pruning.ts'
import { World } from './world.test.kit.ts'

const image = (digit: string): string => `local/blog@sha256:${digit.repeat(64)}`
const SECOND = 1000
const HOUR = 3600 * SECOND

let world: World
afterEach(() => world.stop())

/** The images of the Webspace `blog`, and how they are pruned. */
class Shelf {
  readonly images: Set<string>
  /** Something runs from them. */
  readonly used = new Set<string>()
  readonly looks: PrunePolicy[] = []
  away = false

  constructor(...images: readonly string[]) {
    this.images = new Set(images)
  }

  get plugin(): Plugin {
    const builder: Pick<Builder, 'prune'> = { prune: (policy) => this.#prune(policy) }
    return {
      name: 'pruning',
      contractVersion: 1,
      register(container) {
        container.provide(BUILDER, { useValue: builder as Builder })
        container.contribute(PART, { useClass: ImagePruning })
      },
    }
  }

  #prune(policy: PrunePolicy): ReturnType<Builder['prune']> {
    this.looks.push(policy)
    if (this.away) return Promise.reject(new Error('the builder is away'))
    const due = [...this.images].filter((name) => !policy.keep.has(name))
    const removed = due.filter((name) => !this.used.has(name) && this.images.delete(name))
    const left = new Set(removed.length < due.length ? ['blog'] : [])
    return Promise.resolve({ removed: removed.length, bytes: 0, left })
  }
}

async function start(shelf: Shelf): Promise<void> {
  world = await World.start({ push: { releaseHistory: 2 }, plugins: [shelf.plugin] })
  await world.apply(RuntimeResource, 'node', { plugin: 'node' })
  await world.customer('ada')
  await world.webspace('blog')
}

/** A push of an image that was built for it. @returns the Release's name */
async function push(shelf: Shelf, digit: string, branch = 'main'): Promise<string> {
  shelf.images.add(image(digit))
  return world.push('blog', branch, { image: image(digit) })
}

test('images that no Release can come back to are removed at the start and every hour, and no others', async () => {
  const shelf = new Shelf(image('0'))
  await start(shelf)
  expect([...shelf.images]).toEqual([])
  await push(shelf, '1')
  shelf.images.add(image('0'))
  await world.clock.advance(HOUR)
  expect([...shelf.images]).toEqual([image('1')])
  expect(shelf.looks.map(({ webspaces }) => webspaces)).toEqual([undefined, undefined])
})

test('an image goes soon after its Release: with its branch, its history or its Webspace', async () => {
  const shelf = new Shelf()
  await start(shelf)
  for (const digit of ['1', '2']) await push(shelf, digit)
  const preview = await push(shelf, '3', 'next')
  await world.clock.advance(30 * SECOND)
  expect([...shelf.images]).toEqual([image('1'), image('2'), image('3')])

  await world.releases.retire(await world.release(preview))
  await world.clock.advance(30 * SECOND)
  expect([...shelf.images]).toEqual([image('1'), image('2')])

  await push(shelf, '4')
  await world.clock.advance(30 * SECOND)
  expect([...shelf.images]).toEqual([image('2'), image('4')])

  await world.cluster.delete(Webspace, { name: 'blog' })
  await world.settle()
  expect(await world.cluster.list(Release)).toEqual([])
  await world.clock.advance(30 * SECOND)
  expect([...shelf.images]).toEqual([])
  expect(shelf.looks.slice(1).map(({ webspaces }) => [...(webspaces ?? [])])).toEqual([['blog'], ['blog'], ['blog']])
})

test('an image that another Release names stays, and nobody looks', async () => {
  const shelf = new Shelf()
  await start(shelf)
  const preview = await push(shelf, '1', 'next')
  await push(shelf, '1')
  await world.releases.retire(await world.release(preview))
  await world.clock.advance(30 * SECOND)
  expect([...shelf.images]).toEqual([image('1')])
  expect(shelf.looks).toHaveLength(1)
})

test('what runs is looked at again until it has ended', async () => {
  const shelf = new Shelf()
  await start(shelf)
  const preview = await push(shelf, '1', 'next')
  shelf.used.add(image('1'))
  await world.releases.retire(await world.release(preview))
  await world.clock.advance(60 * SECOND)
  expect([...shelf.images]).toEqual([image('1')])
  shelf.used.clear()
  await world.clock.advance(30 * SECOND)
  expect([...shelf.images]).toEqual([])
})

test('what a push has been given stays until a Release names it, and goes if none ever does', async () => {
  const shelf = new Shelf()
  await start(shelf)
  const { inFlight } = world.resolve(IMAGES)
  const holds = ['1', '2'].map((digit) => {
    const hold = inFlight.hold('blog')
    hold.given(image(digit))
    shelf.images.add(image(digit))
    return hold
  })
  await world.clock.advance(2 * HOUR)
  expect([...shelf.images]).toEqual([image('1'), image('2')])
  holds[0]?.namedBy(await world.release(await push(shelf, '1')))
  holds[1]?.drop()
  await world.clock.advance(30 * SECOND)
  expect([...shelf.images]).toEqual([image('1')])
})

test('a builder that is away is asked again until it has answered', async () => {
  const shelf = new Shelf(image('0'))
  shelf.away = true
  await start(shelf)
  const preview = await push(shelf, '1', 'next')
  await world.releases.retire(await world.release(preview))
  await world.clock.advance(HOUR)
  expect([...shelf.images]).toEqual([image('0'), image('1')])
  shelf.away = false
  await world.clock.advance(60 * SECOND)
  expect([...shelf.images]).toEqual([])
})

import { BUILDER, PART, RuntimeResource, type Builder, type Plugin } from '@webspaces/core'
import { afterEach, expect, test } from 'vitest'
import { ImagePruning } from './pruning.ts'
import { World } from './world.test.kit.ts'

const image = (digit: string): string => `local/blog@sha256:${digit.repeat(64)}`
const HOUR = 60 * 60_000

let world: World
afterEach(() => world.stop())

function pruning(images: Set<string>, isAway: () => boolean = () => false): Plugin {
  const builder: Pick<Builder, 'prune'> = {
    prune: ({ keep }) => {
      if (isAway()) return Promise.reject(new Error('the builder is away'))
      const surplus = [...images].filter((image) => !keep.has(image))
      for (const image of surplus) images.delete(image)
      return Promise.resolve({ removed: surplus.length, bytes: 0 })
    },
  }
  return {
    name: 'pruning',
    contractVersion: 1,
    register(container) {
      container.provide(BUILDER, { useValue: builder as Builder })
      container.contribute(PART, { useClass: ImagePruning })
    },
  }
}

test('images that no Release can go back to are removed at the start and every hour, and no others', async () => {
  const images = new Set([image('0')])
  world = await World.start({ push: { releaseHistory: 2 }, plugins: [pruning(images)] })
  expect([...images]).toEqual([])

  await world.apply(RuntimeResource, 'node', { plugin: 'node' })
  await world.customer('ada')
  await world.webspace('blog')
  for (const digit of ['1', '2', '3', '4']) {
    images.add(image(digit))
    if (digit !== '4') await world.push('blog', 'main', { image: image(digit) })
  }
  const preview = await world.push('blog', 'next', { image: image('4') })
  await world.clock.advance(HOUR)
  expect([...images]).toEqual([image('2'), image('3'), image('4')])

  await world.releases.retire(await world.release(preview))
  await world.clock.advance(HOUR)
  expect([...images]).toEqual([image('2'), image('3')])
})

test('a builder that is away is asked again later', async () => {
  const images = new Set([image('0')])
  let away = true
  world = await World.start({ plugins: [pruning(images, () => away)] })
  expect([...images]).toEqual([image('0')])
  away = false
  await world.clock.advance(HOUR)
  expect([...images]).toEqual([])
})

import type { Clock } from '@webspaces/core'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Daemon } from './daemon/daemon.ts'
import {
  BASE_IMAGE,
  buildOnce,
  clock,
  dockerHost,
  ensureBaseImage,
  logger,
  makeBench,
  registryHost,
  tar,
  type Bench,
} from './docker.test.kit.ts'
import { DockerBuilder } from './docker-builder.ts'
import { registryGate, type RegistryGate } from './fronts.test.kit.ts'

beforeAll(() => ensureBaseImage({ url: dockerHost() }))

const HOUR = 3_600_000
const { client } = new Daemon({ url: dockerHost() })
const { signal } = new AbortController()
const everything = { keep: new Set<string>(), graceMs: 0 }

/** The same platform at another time. */
function later(bench: Bench, milliseconds: number): DockerBuilder {
  return at(bench, () => clock.now() + milliseconds)
}

function at(bench: Bench, now: Clock['now']): DockerBuilder {
  return new DockerBuilder({ ...bench.options, clock: { ...clock, now }, logger })
}

const isInRegistry = async ({ registry }: Bench, image: string): Promise<boolean> => {
  const manifest = await registry.manifest(registry.repository('blog'), image.split('@')[1] ?? '', signal)
  return manifest !== undefined
}

const imagesOf = async (bench: Bench): Promise<string[]> => {
  const reference = [`${bench.registry.nameOf(bench.registry.address.prefix)}*`]
  return (await client.listImages({ filters: { reference } })).map(({ Id }) => Id)
}

test('an image is removed from the registry and from the daemon, and counted once', async () => {
  const bench = makeBench([{ url: dockerHost() }])
  await buildOnce(bench, { buildKey: 'a' })
  expect(await imagesOf(bench)).toHaveLength(1)
  const { removed, bytes } = await later(bench, 1000).prune(everything, signal)
  expect(removed).toBe(1)
  expect(bytes).toBeGreaterThan(0)
  expect(await imagesOf(bench)).toEqual([])
  expect(await bench.builder.has('a', 'blog')).toBeUndefined()
})

test('an image that was asked for again is young again, also for another process', async () => {
  const bench = makeBench([{ url: dockerHost() }])
  const { image } = await buildOnce(bench, { buildKey: 'a' })
  expect(await later(bench, 2 * HOUR).has('a', 'blog')).toBe(image)
  const policy = { keep: new Set<string>(), graceMs: HOUR }
  expect(await later(bench, 2.9 * HOUR).prune(policy, signal)).toMatchObject({ removed: 0 })
  expect(await bench.builder.has('a', 'blog')).toBe(image)
  expect(await later(bench, 4 * HOUR).prune(policy, signal)).toMatchObject({ removed: 1 })
})

test('an image is as old as its push, however long it was built', async () => {
  const bench = makeBench([{ url: dockerHost() }])
  let hours = 0
  const builder = at(bench, () => clock.now() + hours * HOUR)
  const source = () => ((hours += 1), tar({ 'index.html': 'hello' }))
  const { image } = await buildOnce({ builder }, { source })
  expect(hours).toBeGreaterThan(0)
  const policy = { keep: new Set<string>(), graceMs: HOUR / 2 }
  expect(await builder.prune(policy, signal)).toMatchObject({ removed: 0, left: new Set(['blog']) })
  expect(await isInRegistry(bench, image)).toBe(true)
  expect(await imagesOf(bench)).toHaveLength(1)
  hours += 1
  expect(await builder.prune(policy, signal)).toMatchObject({ removed: 1, left: new Set() })
  expect(await imagesOf(bench)).toEqual([])
})

describe('a push that comes while its image is being pruned', () => {
  let gate: RegistryGate
  let bench: Bench
  let builder: DockerBuilder
  let image: string
  const policy = { keep: new Set<string>(), graceMs: HOUR / 2 }
  const request = { buildKey: 'a', dockerfile: `FROM ${BASE_IMAGE}\n`, noCache: false }

  beforeEach(async () => {
    gate = await registryGate(registryHost())
    bench = makeBench([{ url: dockerHost() }])
    builder = new DockerBuilder({
      ...bench.options,
      registry: { ...bench.options.registry, endpoint: gate.endpoint },
      clock: { ...clock, now: () => clock.now() + HOUR },
      logger,
    })
    image = (await buildOnce(bench, request)).image
  })
  afterEach(() => gate.close())

  test('is given it as long as it is not being removed', async () => {
    const chosen = gate.hold(/^GET .*\/blobs\//)
    const pruning = builder.prune(policy, signal)
    const goOn = await chosen
    expect(await builder.has('a', 'blog')).toBe(image)
    goOn()
    expect(await pruning).toMatchObject({ left: new Set(['blog']) })
    expect(await isInRegistry(bench, image)).toBe(true)
  })

  test('is not given it any more when it is', async () => {
    const removing = gate.hold(/^DELETE /)
    const pruning = builder.prune(policy, signal)
    const goOn = await removing
    const looked = gate.requests.length
    const asking = builder.has('a', 'blog')
    await expect.poll(() => gate.requests.slice(looked)).toContainEqual(expect.stringMatching(/^HEAD /))
    goOn()
    expect(await asking).toBeUndefined()
    expect(await pruning).toMatchObject({ removed: 1 })
    expect(await isInRegistry(bench, image)).toBe(false)
  })

  test('and that builds an equal one has it in the registry in the end', async () => {
    const removing = gate.hold(/^DELETE /)
    const pruning = builder.prune(policy, signal)
    const goOn = await removing
    const building = buildOnce({ builder }, request)
    const tags = (): Promise<string[]> => bench.registry.tags(bench.registry.repository('blog'), signal)
    await expect.poll(async () => (await tags()).length).toBe(2)
    goOn()
    expect((await building).image).toBe(image)
    await pruning
    expect(await isInRegistry(bench, image)).toBe(true)
  })
})

test('only Webspaces that are to be looked at lose images', async () => {
  const bench = makeBench([{ url: dockerHost() }])
  await buildOnce(bench, { buildKey: 'a' })
  await buildOnce(bench, { buildKey: 'b', webspace: 'shop' })
  const policy = { ...everything, webspaces: new Set(['shop', 'never-pushed-to']) }
  expect(await later(bench, 1000).prune(policy, signal)).toMatchObject({ removed: 1, left: new Set() })
  expect(await bench.builder.has('a', 'blog')).toBeDefined()
  expect(await bench.builder.has('b', 'shop')).toBeUndefined()
  expect(await imagesOf(bench)).toHaveLength(1)
})

describe('a registry', () => {
  let gate: RegistryGate
  let bench: Bench
  let builder: DockerBuilder
  const inRegistry = (key: string, webspace: string) => bench.builder.has(key, webspace)

  beforeEach(async () => {
    gate = await registryGate(registryHost())
    bench = makeBench([{ url: dockerHost() }])
    const registry = { ...bench.options.registry, endpoint: gate.endpoint }
    builder = new DockerBuilder({
      ...bench.options,
      registry,
      clock: { ...clock, now: () => clock.now() + HOUR },
      logger,
    })
    await buildOnce(bench, { buildKey: 'a' })
    await buildOnce(bench, { buildKey: 'b', webspace: 'shop' })
    expect(await imagesOf(bench)).toHaveLength(2)
  })
  afterEach(() => gate.close())

  test.each([401, 403, 405])(
    'that answers deletion with %i keeps its images, and the daemon is cleaned',
    async (status) => {
      gate.fail(/^DELETE /, status)
      await builder.prune(everything, signal)
      expect(await imagesOf(bench)).toEqual([])
      expect(await inRegistry('a', 'blog')).toBeDefined()
    },
  )

  test('that fails for one repository, or its catalog, is told of when all the rest is done', async () => {
    gate.fail(/\/blog\/tags\/|_catalog/, 500)
    await expect(builder.prune(everything, signal)).rejects.toMatchObject({ code: 'WS_REGISTRY_UNAVAILABLE' })
    expect(await imagesOf(bench)).toEqual([])
    expect(await inRegistry('a', 'blog')).toBeDefined()
    expect(await inRegistry('b', 'shop')).toBeUndefined()
  })
})

test('what a container is made from stays everywhere, named or not', async () => {
  const bench = makeBench([{ url: dockerHost() }])
  const { image } = await buildOnce(bench, { buildKey: 'a' })
  const container = await client.createContainer({ Image: image, Cmd: ['sleep', '600'] })
  try {
    const stays = { removed: 0, left: new Set(['blog']) }
    expect(await later(bench, 1000).prune(everything, signal)).toMatchObject(stays)
    expect(await bench.builder.has('a', 'blog')).toBe(image)
  } finally {
    await container.remove({ force: true })
  }
  expect(await later(bench, 1000).prune(everything, signal)).toMatchObject({ removed: 1 })
})

test("images of another platform's, of nobody's, and with another tag are left alone", async () => {
  const bench = makeBench([{ url: dockerHost() }])
  const neighbour = makeBench([{ url: dockerHost() }])
  await buildOnce(neighbour, { buildKey: 'a' })
  const strange = bench.registry.nameOf(bench.registry.repository('blog'))
  await client.getImage(BASE_IMAGE).tag({ repo: strange, tag: 'by-hand' })
  for await (const _ of (await client
    .getImage(strange)
    .push({ tag: 'by-hand', authconfig: {} })) as AsyncIterable<unknown>);
  const { image } = await buildOnce(bench, { buildKey: 'kept-by-hand' })
  const manifest = await bench.registry.manifest(bench.registry.repository('blog'), image.split('@')[1] ?? '', signal)
  if (manifest === undefined) throw new Error('the image is not in the registry')
  await bench.registry.tag(bench.registry.repository('blog'), 'golden', manifest, signal)

  await later(bench, 1000).prune(everything, signal)
  expect(await bench.builder.has('kept-by-hand', 'blog')).toBe(image)
  expect(await neighbour.builder.has('a', 'blog')).toBeDefined()
  expect(await imagesOf(neighbour)).toHaveLength(1)
  expect(await bench.registry.tags(bench.registry.repository('blog'), signal)).toContain('by-hand')
  await client.getImage(`${strange}:by-hand`).remove()
})

test('as many as are to be retained stay of each Webspace, the last used', async () => {
  const bench = makeBench([{ url: dockerHost() }], { retain: { perWebspace: 1 } })
  for (const [index, buildKey] of ['a', 'b', 'c'].entries()) {
    await buildOnce({ builder: later(bench, index * 1000) }, { buildKey })
  }
  await buildOnce(bench, { buildKey: 'x', webspace: 'shop' })
  expect(await later(bench, HOUR).prune(everything, signal)).toMatchObject({ removed: 2 })
  expect(await bench.builder.has('a', 'blog')).toBeUndefined()
  expect(await bench.builder.has('b', 'blog')).toBeUndefined()
  expect(await bench.builder.has('c', 'blog')).toBeDefined()
  expect(await bench.builder.has('x', 'shop')).toBeDefined()
})

test('of the build cache as much stays as is to be kept', async () => {
  const bench = makeBench([{ url: dockerHost() }], { buildCacheBytes: 1e15 }, 'buildkit')
  const request = { dockerfile: `FROM ${BASE_IMAGE}\nRUN echo ${bench.marker}\n`, noCache: false }
  await buildOnce(bench, request)
  await later(bench, 1000).prune(everything, signal)
  expect((await buildOnce(bench, request)).lines).not.toContain(bench.marker)
})

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Daemon } from './daemon/daemon.ts'
import { BASE_IMAGE, buildOnce, dockerHost, ensureBaseImage, makeBench, registryHost } from './docker.test.kit.ts'
import { closedPort, registryFront, type RegistryFront } from './fronts.test.kit.ts'

beforeAll(() => ensureBaseImage({ url: dockerHost() }))

const SECRET = 's3cret-of-the-registry'
const fronts: RegistryFront[] = []
let folder: string
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'webspaces-registry-'))))
afterEach(async () => {
  for (const front of fronts.splice(0)) front.close()
  await rm(folder, { recursive: true, force: true })
})

async function frontOf(scheme: 'basic' | 'bearer'): Promise<RegistryFront> {
  const front = await registryFront(registryHost(), { scheme, user: 'robot', password: SECRET })
  fronts.push(front)
  return front
}

describe.each(['basic', 'bearer'] as const)('a registry that asks for %s credentials', (scheme) => {
  test('takes the image with those of a docker configuration file', async () => {
    const { address } = await frontOf(scheme)
    const dockerConfig = join(folder, 'config.json')
    const auth = Buffer.from(`robot:${SECRET}`).toString('base64')
    await writeFile(dockerConfig, JSON.stringify({ auths: { [address]: { auth } } }))
    const bench = makeBench([{ url: dockerHost() }], { registry: { address, credentials: { dockerConfig } } })
    const { image } = await buildOnce(bench, { buildKey: 'key' })
    expect(image.startsWith(`${address}/blog@sha256:`)).toBe(true)
    expect(await bench.builder.has('key', 'blog')).toBe(image)
  })

  test('refuses wrong ones before anything is built or after, and nothing stays on the daemon', async () => {
    const { address } = await frontOf(scheme)
    const credentials = { username: 'robot', password: 'wrong-password' }
    const bench = makeBench([{ url: dockerHost() }], { registry: { address, credentials } })
    const lines: string[] = []
    const error = await buildOnce(bench, {}, { lines }).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'WS_REGISTRY_REFUSED' })
    expect(JSON.stringify([String(error), error, lines])).not.toContain('wrong-password')
    const images = await new Daemon({ url: dockerHost() }).client.listImages({
      filters: { reference: [`${address}/*`] },
    })
    expect(images).toEqual([])
  })
})

test('without credentials a registry that wants them refuses', async () => {
  const { address } = await frontOf('basic')
  const building = buildOnce(makeBench([{ url: dockerHost() }], { registry: { address } }), {})
  await expect(building).rejects.toMatchObject({ code: 'WS_REGISTRY_REFUSED' })
})

test('a base image is pulled from a registry that gives everybody a token, and no credentials are given to it', async () => {
  const other = await frontOf('bearer')
  const { client } = new Daemon({ url: dockerHost() })
  const base = `${registryHost()}/base`
  await client.getImage(BASE_IMAGE).tag({ repo: base, tag: '1' })
  for await (const _ of (await client.getImage(base).push({ tag: '1', authconfig: {} })) as AsyncIterable<unknown>);
  await client.getImage(`${base}:1`).remove()

  const { address } = await frontOf('basic')
  const credentials = { username: 'robot', password: SECRET }
  const bench = makeBench([{ url: dockerHost() }], { registry: { address, credentials } }, 'buildkit')
  const { image } = await buildOnce(bench, { dockerfile: `FROM ${other.address}/base:1\nRUN true\n` })
  expect(image).toContain(address)
  expect(other.authorizations.length).toBeGreaterThan(0)
  expect(other.authorizations.filter((header) => header.startsWith('Basic'))).toEqual([])
})

test('a registry that is away is told apart, before the build is begun', async () => {
  const lines: string[] = []
  const bench = makeBench([{ url: dockerHost() }], { registry: { address: await closedPort() } })
  await expect(buildOnce(bench, {}, { lines })).rejects.toMatchObject({ code: 'WS_REGISTRY_UNAVAILABLE' })
  expect(lines).toEqual([])
  await expect(bench.builder.has('key', 'blog')).rejects.toMatchObject({ code: 'WS_REGISTRY_UNAVAILABLE' })
})

test('a registry that goes away during the build is told apart, and the image does not stay on the daemon', async () => {
  const front = await frontOf('basic')
  const credentials = { username: 'robot', password: SECRET }
  const bench = makeBench([{ url: dockerHost() }], { registry: { address: front.address, credentials } })
  const lines: string[] = []
  const building = buildOnce(bench, { dockerfile: `FROM ${BASE_IMAGE}\nRUN echo begun; sleep 2\n` }, { lines })
  building.catch(() => undefined)
  await expect.poll(() => lines, { timeout: 30_000 }).toContain('begun')
  front.close()
  await expect(building).rejects.toMatchObject({ code: 'WS_REGISTRY_UNAVAILABLE' })
  const { client } = new Daemon({ url: dockerHost() })
  expect(await client.listImages({ filters: { reference: [`${front.address}/*`] } })).toEqual([])
})

import { Readable } from 'node:stream'
import { beforeAll, expect, test } from 'vitest'
import { rendezvous } from './daemon/daemons.ts'
import { BASE_IMAGE, buildOnce, dockerHost, ensureBaseImage, makeBench, tar } from './docker.test.kit.ts'
import { closedPort, wireTo } from './fronts.test.kit.ts'

beforeAll(() => ensureBaseImage({ url: dockerHost() }))

const SLOW = `FROM ${BASE_IMAGE}\nRUN echo begun; sleep 2; echo ended\n`

/** A name that prefers the first of two daemons. */
function webspaceOf(first: string, second: string): string {
  const names = Array.from({ length: 100 }, (_, index) => `blog-${index}`)
  const found = names.find((name) => rendezvous([{ url: first }, { url: second }], name)[0]?.url === first)
  return found ?? 'blog'
}

test('a Webspace whose daemon is stopped is built on the next', async () => {
  const stopped = `tcp://${await closedPort()}`
  const bench = makeBench([{ url: stopped }, { url: dockerHost() }])
  const { image } = await buildOnce(bench, { webspace: webspaceOf(stopped, dockerHost()) })
  expect(image).toContain('@sha256:')
})

test('a connection that is cut in the middle moves the build to the next daemon', async () => {
  const wire = await wireTo(dockerHost())
  const bench = makeBench([{ url: wire.url }, { url: dockerHost() }])
  const lines: string[] = []
  const request = { webspace: webspaceOf(wire.url, dockerHost()), dockerfile: SLOW }
  const building = buildOnce(bench, request, { lines })
  await expect.poll(() => lines, { timeout: 30_000 }).toContain('begun')
  wire.cut()
  const { image } = await building
  expect(image).toContain('@sha256:')
  expect(lines.filter((line) => line === 'begun')).toHaveLength(2)
  expect(lines.filter((line) => line === 'ended')).toHaveLength(1)
})

test.each(['buildkit', 'classic'] as const)('so does one that is cut while the tree is sent (%s)', async (kind) => {
  const wire = await wireTo(dockerHost())
  const bench = makeBench([{ url: wire.url }, { url: dockerHost() }], {}, kind)
  const files = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`file-${index}`, 'x'.repeat(400_000)]))
  let sent = 0
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of tar(files)) {
      if (++sent === 60) wire.cut()
      yield chunk as Uint8Array
    }
  }
  const source = (): Readable => Readable.from(chunks(), { objectMode: false })
  const { image } = await buildOnce(bench, { webspace: webspaceOf(wire.url, dockerHost()), source })
  expect(image).toContain('@sha256:')
  expect(sent).toBeGreaterThan(150)
})

test.each(['buildkit', 'classic'] as const)(
  'without another daemon it is the platform that failed (%s)',
  async (kind) => {
    const wire = await wireTo(dockerHost())
    const lines: string[] = []
    const bench = makeBench([{ url: wire.url }], {}, kind)
    const building = buildOnce(bench, { dockerfile: SLOW }, { lines })
    building.catch(() => undefined)
    await expect.poll(() => lines, { timeout: 30_000 }).toContain('begun')
    wire.cut()
    await expect(building).rejects.toMatchObject({ code: 'WS_BUILDER_UNAVAILABLE' })
    await expect(buildOnce(bench, {})).rejects.toMatchObject({ code: 'WS_BUILDER_UNAVAILABLE' })
    expect(await bench.builder.has('key', 'blog')).toBeUndefined()
  },
)

test.each(['buildkit', 'classic'] as const)('no connection stays, however a build ends (%s)', async (kind) => {
  const wire = await wireTo(dockerHost())
  const bench = makeBench([{ url: wire.url }], {}, kind)
  await buildOnce(bench, {})
  await buildOnce(bench, { dockerfile: `FROM ${BASE_IMAGE}\nRUN exit 1\n` }).catch(() => undefined)
  const stop = new AbortController()
  const lines: string[] = []
  const building = buildOnce(bench, { dockerfile: SLOW }, { signal: stop.signal, lines })
  building.catch(() => undefined)
  await expect.poll(() => lines, { timeout: 30_000 }).toContain('begun')
  stop.abort()
  await building.catch(() => undefined)
  await expect.poll(() => wire.open(), { timeout: 10_000 }).toBe(0)
  wire.cut()
})

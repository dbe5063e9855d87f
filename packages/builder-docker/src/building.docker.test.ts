import type { Plan } from '@webspaces/core'
import { beforeAll, describe, expect, test } from 'vitest'
import { Daemon } from './daemon/daemon.ts'
import { BASE_IMAGE, buildOnce, dockerHost, ensureBaseImage, makeBench, registryHost, tar } from './docker.test.kit.ts'

beforeAll(() => ensureBaseImage({ url: dockerHost() }))

const daemon = (): Daemon => new Daemon({ url: dockerHost() })
const plan = (files: Readonly<Record<string, string>>): Plan => ({
  ...{ version: 1, runtime: 'test', template: {}, tools: [], steps: [], start: 'true', env: {} },
  ...{ files, port: 8080, healthPath: '/' },
})

for (const kind of ['buildkit', 'classic'] as const) {
  const bench = (overrides = {}) => makeBench([{ url: dockerHost() }], overrides, kind)

  describe(`with ${kind}`, () => {
    test("a repository's own Dockerfile is used as it was pushed, and its .dockerignore counts", async () => {
      const own = `FROM ${BASE_IMAGE}\nWORKDIR /app\nCOPY . .\nRUN find . -type f\n`
      const files = {
        '.dockerignore': 'secret\n**/*.log\n!keep.log\n',
        ...{ Dockerfile: own, 'keep.log': '', 'drop.log': '', 'a/b/drop.log': '', 'secret/key': '', 'z.txt': '' },
      }
      const { lines } = await buildOnce(bench(), { dockerfile: own, source: () => tar(files) })
      const seen = lines.filter((line) => line.startsWith('./')).sort()
      expect(seen).toEqual(['./.dockerignore', './Dockerfile', './keep.log', './z.txt'])
    })

    test("a template gets the whole tree and the runtime's files, which replace none", async () => {
      const { lines } = await buildOnce(bench(), {
        dockerfile: `FROM ${BASE_IMAGE}\nWORKDIR /app\nCOPY . .\nRUN --mount=type=cache,target=/c,id=x cat a.txt b/c.txt; echo; find . -type f\n`,
        plan: plan({ 'a.txt': 'ours', 'b/c.txt': 'ours' }),
        source: () => tar({ '.dockerignore': 'a.txt', 'a.txt': 'pushed' }),
      })
      expect(lines).toContain('pushedours')
      const seen = lines.filter((line) => line.startsWith('./')).sort()
      expect(seen).toEqual(['./.dockerignore', './Dockerfile', './a.txt', './b/c.txt'])
    })

    test('an image says of which push it is, and build arguments reach the build', async () => {
      const { image, lines } = await buildOnce(bench({ buildArgs: { MIRROR: 'http://mirror' } }), {
        dockerfile: `FROM ${BASE_IMAGE}\nARG MIRROR\nRUN echo "from $MIRROR"\n`,
        buildKey: 'the-key',
      })
      expect(lines).toContain('from http://mirror')
      const { Config } = await daemon().client.getImage(image).inspect()
      expect(Config.Labels).toMatchObject({
        'app.kubernetes.io/managed-by': 'webspaces',
        'webspaces.dev/webspace': 'blog',
        'webspaces.dev/customer': 'acme',
        'webspaces.dev/branch': 'main',
        'webspaces.dev/commit': '0'.repeat(40),
        'webspaces.dev/push': 'push-1',
        'webspaces.dev/build-key': 'the-key',
      })
    })

    test('other build arguments make another image', async () => {
      const first = bench()
      await buildOnce(first, { buildKey: 'same' })
      const registry = first.options.registry
      expect(await first.builder.has('same', 'blog')).toBeDefined()
      expect(await bench({ registry, buildArgs: { A: '1' } }).builder.has('same', 'blog')).toBeUndefined()
    })

    test.each([
      ['a command', 'RUN echo hello; exit 3', 'WS_BUILD_FAILED', /RUN echo hello; exit 3 exited with code 3/],
      ['a file that is not there', 'COPY nothing /', 'WS_BUILD_FAILED', /COPY/],
      ['a Dockerfile', 'RUNN x', 'WS_DOCKER_DOCKERFILE', /^Dockerfile, line 2: unknown instruction: RUNN/],
    ])('%s that fails is told by its own name', async (_, line, code, message) => {
      const building = buildOnce(bench(), { dockerfile: `FROM ${BASE_IMAGE}\n${line}\n` })
      await expect(building).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string })
    })

    test('a long command that fails is told by its exit code, whatever its text says', async () => {
      const text = 'read-only file system, context canceled; '.repeat(100)
      const building = buildOnce(bench(), { dockerfile: `FROM ${BASE_IMAGE}\nRUN : "${text}"; exit 137\n` })
      await expect(building).rejects.toMatchObject({
        code: 'WS_BUILD_FAILED',
        message: expect.stringMatching(/ exited with code 137: it was killed/) as string,
      })
    })

    test.each(['missing:1', 'missing/deeper@sha256:' + '0'.repeat(64)])('base image %s is missing', async (name) => {
      const building = buildOnce(bench(), { dockerfile: `FROM ${registryHost()}/${name}\n` })
      await expect(building).rejects.toMatchObject({
        code: 'WS_DOCKER_BASE_IMAGE',
        message: expect.stringContaining(`the base image ${registryHost()}/${name} cannot be pulled: `) as string,
      })
    })

    test('a stopped build leaves no container, no image and no connection', async () => {
      const { client } = daemon()
      const state = async (): Promise<unknown> => ({
        containers: (await client.listContainers({ all: true })).map(({ Id }) => Id).sort(),
        images: (await client.listImages({ all: true })).map(({ Id }) => Id).sort(),
      })
      const before = await state()
      const stop = new AbortController()
      const lines: string[] = []
      const { builder, running } = bench()
      const dockerfile = `FROM ${BASE_IMAGE}\nRUN echo made > /made\nRUN echo begun; sleep 600\n`
      const building = buildOnce({ builder }, { dockerfile }, { signal: stop.signal, lines })
      building.catch(() => undefined)
      await expect.poll(() => lines, { timeout: 30_000 }).toContain('begun')
      stop.abort(new Error('superseded'))
      await expect(building).rejects.toThrow('superseded')
      expect(await running()).toBe(0)
      expect(await state()).toEqual(before)
    })
  })
}

test('a step that writes the ids of a container and an image has neither removed', async () => {
  const { client } = daemon()
  const container = await client.createContainer({ Image: BASE_IMAGE, Cmd: ['sleep', '600'] })
  // Without a name, as a layer of a build is.
  const { Id: image } = (await container.commit({})) as { readonly Id: string }
  try {
    const lines = [`Running in ${container.id}`, image.replace('sha256:', '')].map((text) => `echo ' ---> ${text}'`)
    const dockerfile = `FROM ${BASE_IMAGE}\nRUN ${lines.join('; ')}; exit 1\n`
    const written: string[] = []
    const building = buildOnce(makeBench([{ url: dockerHost() }], {}, 'classic'), { dockerfile }, { lines: written })
    await expect(building).rejects.toMatchObject({ code: 'WS_BUILD_FAILED' })
    expect(written).toContain(` ---> Running in ${container.id}`)
    expect(await container.inspect()).toMatchObject({ Id: container.id })
    expect(await client.getImage(image).inspect()).toMatchObject({ Id: image })
  } finally {
    await container.remove({ force: true })
    await client.getImage(image).remove()
  }
})

test.each([
  ['nothing but line ends', 'while :; do echo; done'],
  ['what no terminal shows', "while :; do printf '\\033[0m\\r'; done"],
])('a build that writes %s is held to its output by the classic builder', async (_, command) => {
  const building = buildOnce(makeBench([{ url: dockerHost() }], {}, 'classic'), {
    dockerfile: `FROM ${BASE_IMAGE}\nRUN ${command}\n`,
    limits: { timeMs: 60_000, contextBytes: 1e6, outputBytes: 20_000 },
  })
  await expect(building).rejects.toMatchObject({ code: 'WS_BUILD_OUTPUT' })
})

test('a build with a limit of memory is held to it, also where the daemon has BuildKit', async () => {
  const building = buildOnce(makeBench([{ url: dockerHost() }]), {
    dockerfile: `FROM ${BASE_IMAGE}\nRUN dd if=/dev/zero of=/dev/null bs=200M count=1\n`,
    limits: { timeMs: 60_000, contextBytes: 1e6, outputBytes: 1e6, memoryBytes: 64 * 1024 * 1024 },
  })
  await expect(building).rejects.toMatchObject({
    code: 'WS_BUILD_FAILED',
    message: expect.stringMatching(/memory/) as string,
  })
})

test('the cache mounts of one customer are not those of another, whatever id they give', async () => {
  const bench = makeBench([{ url: dockerHost() }], {}, 'buildkit')
  const build = async (customer: string): Promise<readonly string[]> => {
    const dockerfile = `FROM ${BASE_IMAGE}\nRUN --mount=type=cache,id=${bench.marker},target=/c echo ${customer} >> /c/who; echo "who: $(cat /c/who | head -c 100)" | head -n 1; cat /c/who\n`
    return (await buildOnce(bench, { customer, dockerfile })).lines
  }
  await build('acme')
  expect((await build('acme')).filter((line) => line === 'acme')).toHaveLength(1)
  expect(await build('other')).toContain('who: other')
})

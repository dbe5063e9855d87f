import { readdir, readFile, mkdtemp, rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { BuildRequest, Clock, Logger, Plan } from '@webspaces/core'
import { builderConformance } from '@webspaces/core/testing'
import { pack } from 'tar-stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ImageStore } from '../images/image-store.ts'
import { MARKER, platformTag } from '../process/leftovers.ts'
import { ReleaseBuilder } from './release-builder.ts'

const clock: Clock = { now: () => Date.now(), sleep: (ms, signal) => sleep(ms, undefined, { signal }) }
const ignore = (): void => undefined
const logger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore, child: () => logger }

function builderIn(dir: string): ReleaseBuilder {
  return new ReleaseBuilder({ dir, images: new ImageStore(dir), newId: randomUUID, logger, clock })
}

function tar(files: Readonly<Record<string, string>>): Readable {
  const archive = pack()
  for (const [name, content] of Object.entries(files)) archive.entry({ name }, content)
  archive.finalize()
  return archive as unknown as Readable
}

function planOf(overrides: Partial<Plan>): Plan {
  const nothing = { template: {}, tools: [], steps: [], files: {}, env: {} }
  return { version: 1, runtime: 'test', ...nothing, start: 'true', port: 3000, healthPath: '/', ...overrides }
}

/** Processes whose environment carries the marker of the platform in `dir`. */
async function runningIn(dir: string): Promise<number> {
  const environments = (await readdir('/proc').catch(() => []))
    .filter((name) => /^[0-9]+$/.test(name))
    .map((pid) => readFile(`/proc/${pid}/environ`, 'latin1').catch(() => ''))
  return (await Promise.all(environments)).filter((text) => text.includes(`${MARKER}=${platformTag(dir)}.`)).length
}

let dir: string
beforeEach(async () => void (dir = await mkdtemp(join(tmpdir(), 'webspaces-build-'))))
afterEach(() => rm(dir, { recursive: true, force: true }))

describe('the Builder contract', () => {
  builderConformance({
    test,
    make: () =>
      Promise.resolve({
        builder: builderIn(dir),
        input: (run, files) => ({
          dockerfile: 'FROM scratch',
          plan: planOf({ steps: [{ title: 'Testing', run }] }),
          source: () => tar(files),
        }),
        running: () => runningIn(dir),
        close: () => Promise.resolve(),
      }),
  })
})

async function build(
  plan: Partial<Plan>,
  files: Readonly<Record<string, string>> = {},
  request: Partial<BuildRequest> = {},
): Promise<{ readonly image: string; readonly lines: string[]; readonly app: string }> {
  const lines: string[] = []
  const images = new ImageStore(dir)
  const builder = new ReleaseBuilder({ dir, images, newId: randomUUID, logger, clock })
  const { image } = await builder.build(
    {
      id: 'push-1',
      webspace: 'blog',
      customer: 'acme',
      branch: 'main',
      commit: '0'.repeat(40),
      buildKey: 'key',
      dockerfile: '',
      plan: planOf(plan),
      source: () => tar(files),
      noCache: false,
      limits: { timeMs: 60_000, contextBytes: 1e7, outputBytes: 1e6 },
      ...request,
    },
    { signal: new AbortController().signal, log: (line) => void lines.push(line) },
  )
  return { image, lines, app: (await images.read(image))?.folder ?? '' }
}

test('the image says how the site is started', async () => {
  const { image } = await build({ start: 'node server.js', env: { NODE_ENV: 'production' }, port: 8080 })
  expect((await new ImageStore(dir).read(image))?.image).toMatchObject({
    image,
    start: 'node server.js',
    env: { NODE_ENV: 'production' },
    port: 8080,
    webspace: 'blog',
  })
  expect(await readdir(join(dir, 'tmp'))).toEqual([])
})

test("a step has a private home and temporary folder, the plan's environment, and this Node", async () => {
  const { lines } = await build({
    env: { NODE_ENV: 'production' },
    steps: [{ title: 'Show', run: 'env; ls -A "$HOME" "$TMPDIR"; node -p process.execPath' }],
  })
  const value = (name: string): string | undefined => lines.find((line) => line.startsWith(`${name}=`))
  expect(value('HOME')).toContain(`HOME=${dir}/tmp/`)
  expect(value('TMPDIR')).toContain(`TMPDIR=${dir}/tmp/`)
  expect(value('NODE_ENV')).toBe('NODE_ENV=production')
  expect(lines.at(-1)).toBe(process.execPath)
  expect(value('VITEST')).toBeUndefined()
})

test("the runtime's files are added, and never replace a pushed one", async () => {
  const { app } = await build({ files: { 'a.txt': 'ours', 'web/b.txt': 'ours' } }, { 'a.txt': 'pushed' })
  expect(await readFile(join(app, 'a.txt'), 'utf8')).toBe('pushed')
  expect(await readFile(join(app, 'web/b.txt'), 'utf8')).toBe('ours')
})

test('a missing program is refused with what to install, another version is only noted', async () => {
  const missing = { name: 'no-such-program', hint: 'Install no-such-program.' }
  await expect(build({ tools: [missing] })).rejects.toMatchObject({
    code: 'WS_BUILD_TOOL_MISSING',
    remedy: missing.hint,
  })
  const { lines } = await build({ tools: [{ name: 'node', range: '^4', hint: '' }] })
  expect(lines).toContain(`this machine has node ${process.versions.node}; the site asks for ^4`)
})

test('a failing step is named with its exit code, and the steps after it are not run', async () => {
  const steps = [
    { title: 'Compiling', run: 'exit 4' },
    { title: 'Never', run: 'touch "$HOME/../../../ran"' },
  ]
  await expect(build({ steps })).rejects.toMatchObject({
    code: 'WS_BUILD_FAILED',
    message: 'Compiling failed: `exit 4` exited with code 4',
  })
  expect(await readdir(dir)).not.toContain('ran')
})

test('an old image that a push has just asked for is not pruned under it', async () => {
  const { image } = await build({}, {}, { buildKey: 'asked-for' })
  const later: Clock = { ...clock, now: () => Date.now() + 3_600_000 }
  const builder = new ReleaseBuilder({ dir, images: new ImageStore(dir), newId: randomUUID, logger, clock: later })
  const { signal } = new AbortController()
  const policy = { keep: new Set<string>(), graceMs: 60_000 }
  expect(await builder.has('asked-for')).toBe(image)
  expect((await builder.prune(policy, signal)).removed).toBe(0)
  const restarted = new ReleaseBuilder({ dir, images: new ImageStore(dir), newId: randomUUID, logger, clock: later })
  expect((await restarted.prune(policy, signal)).removed).toBe(1)
})

test('an image that a replica runs from stays until the replica has ended', async () => {
  const { image } = await build({})
  const images = new ImageStore(dir)
  const builder = new ReleaseBuilder({ dir, images, newId: randomUUID, logger, clock })
  const { signal } = new AbortController()
  const policy = { keep: new Set<string>(), graceMs: 0 }
  const endUse = images.use(image)
  expect(await builder.prune(policy, signal)).toEqual({ removed: 0, bytes: 0, left: new Set(['blog']) })
  endUse()
  expect(await builder.prune(policy, signal)).toMatchObject({ removed: 1, left: new Set() })
})

describe('a step that names its inputs', () => {
  const step = {
    title: 'Installing',
    run: 'echo installing; mkdir -p deps; cp lock deps/made; ln -s made deps/link',
    cache: { inputs: ['lock', 'absent'], folder: 'deps' },
  }

  test('is skipped while they stay the same, and run when one changes', async () => {
    await build({ steps: [step] }, { lock: '1', other: 'a' })
    const second = await build({ steps: [step] }, { lock: '1', other: 'b' })
    expect(second.lines).toEqual(['Step 1/1: Installing (unchanged, taken from the cache)'])
    expect(await readFile(join(second.app, 'deps/link'), 'utf8')).toBe('1')
    const third = await build({ steps: [step] }, { lock: '2' })
    expect(third.lines).toContain('installing')
    expect(await readFile(join(third.app, 'deps/made'), 'utf8')).toBe('2')
  })

  test('is run with noCache, for another customer, and where the folder was pushed', async () => {
    await build({ steps: [step] }, { lock: '1' })
    expect((await build({ steps: [step] }, { lock: '1' }, { noCache: true })).lines).toContain('installing')
    expect((await build({ steps: [step] }, { lock: '1' }, { customer: 'other' })).lines).toContain('installing')
    expect((await build({ steps: [step] }, { lock: '1', 'deps/x': '' })).lines).toContain('installing')
  })

  test('is not spoilt by a later step that changes the folder in place', async () => {
    const spoil = { title: 'Spoiling', run: 'echo spoilt > deps/made' }
    await build({ steps: [step, spoil] }, { lock: '1' })
    await build({ steps: [step, spoil] }, { lock: '1' })
    const { app } = await build({ steps: [step] }, { lock: '1' })
    expect(await readFile(join(app, 'deps/made'), 'utf8')).toBe('1')
  })

  test('that makes no folder is skipped as well', async () => {
    const nothing = { ...step, run: 'echo installing' }
    await build({ steps: [nothing] }, { lock: '1' })
    expect((await build({ steps: [nothing] }, { lock: '1' })).lines).not.toContain('installing')
  })
})

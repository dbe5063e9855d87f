import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import type { Builder, BuildLimits, BuildRequest, PrunePolicy, PruneResult } from '../contracts/builder.ts'
import { hasCode, type ErrorCode } from '../errors/error.ts'

/** What the suite needs of whoever runs it; `test` is the runner's own. */
export interface BuilderConformance {
  readonly test: (name: string, run: () => Promise<void>) => void
  /** A builder with nothing built yet. */
  readonly make: () => Promise<BuilderSubject>
}

export interface BuilderSubject {
  readonly builder: Builder
  /**
   * The part of a request that makes the builder run a command line (by `sh -c`, in the folder of the files) as its
   * one build step.
   */
  readonly input: (command: string, files: Readonly<Record<string, string>>) => BuildInput
  /** How many processes or containers of builds are running now. */
  readonly running: () => Promise<number>
  readonly close: () => Promise<void>
}

export type BuildInput = Pick<BuildRequest, 'dockerfile' | 'plan' | 'source'>

const WEBSPACE = 'blog'
const DIGEST = /^[^@\s]+@sha256:[0-9a-f]{64}$/
const FILES = { 'index.html': 'hello', 'folder/file.txt': 'deep' }
const LIMITS: BuildLimits = { timeMs: 120_000, contextBytes: 1e8, outputBytes: 1e6 }

/**
 * The promises of the contract {@link Builder}, as tests.
 * @example builderConformance({ test, make: async () => ({ builder, input, running, close }) })
 */
export function builderConformance({ test, make }: BuilderConformance): void {
  const check = (name: string, run: (bench: Bench) => Promise<void>): void =>
    test(name, async () => {
      const subject = await make()
      try {
        await run(new Bench(subject))
        await nothingRuns(subject)
      } finally {
        await subject.close()
      }
    })

  check('a build ends in an image with a digest, which is found by its build key', async (bench) => {
    assert.equal(await bench.has('key-a'), undefined)
    const { image } = await bench.build('key-a', 'true')
    assert.match(image, DIGEST)
    assert.equal(await bench.has('key-a'), image)
    assert.equal(await bench.has('key-b'), undefined)
  })

  check('a build sees the pushed files and nothing of the environment of the platform', async (bench) => {
    process.env.WEBSPACES_CONFORMANCE = 'of the platform'
    try {
      await bench.build('key', 'cat index.html folder/file.txt; echo; echo "<$WEBSPACES_CONFORMANCE>"')
    } finally {
      delete process.env.WEBSPACES_CONFORMANCE
    }
    bench.assertLogged(['hellodeep', '<>'])
  })

  check('a failing build is refused with its output in order, and leaves no image', async (bench) => {
    const numbers = Array.from({ length: 20 }, (_, index) => `line number ${index}`)
    await refused(bench.build('key', `${numbers.map((line) => `echo ${line}`).join('; ')}; exit 3`), 'WS_BUILD_FAILED')
    bench.assertLogged(numbers)
    assert.equal(await bench.has('key'), undefined)
  })

  check('a build is stopped in the middle, throws the reason and leaves nothing', async (bench) => {
    const stop = new AbortController()
    const reason = new Error('superseded')
    const building = bench.build('key', 'echo started; sleep 600 & sleep 600', { signal: stop.signal })
    building.catch(() => undefined)
    await bench.untilLogged('started')
    stop.abort(reason)
    await assert.rejects(building, (error) => error === reason)
    assert.equal(await bench.has('key'), undefined)
  })

  check('a build that was given up before it began does not begin', async (bench) => {
    const reason = new Error('gone')
    const building = bench.build('key', 'echo started', { signal: AbortSignal.abort(reason) })
    await assert.rejects(building, (error) => error === reason)
    assert.deepEqual(bench.lines, [])
  })

  check('builds run beside each other and keep their output apart', async (bench) => {
    const others = Array.from({ length: 3 }, () => bench.beside())
    const images = await Promise.all(
      others.map((other, index) => other.build(`key-${index}`, `echo begin-${index}; sleep 0.2; echo end-${index}`)),
    )
    assert.equal(new Set(images.map(({ image }) => image)).size, 3)
    for (const [index, other] of others.entries()) {
      other.assertLogged([`begin-${index}`, `end-${index}`])
      const strange = other.lines.filter((line) => /^(?:begin|end)-/.test(line) && !line.endsWith(`-${index}`))
      assert.deepEqual(strange, [])
    }
  })

  check('a build that takes too long is stopped', async (bench) => {
    await refused(bench.build('key', 'sleep 600', { timeMs: 1000 }), 'WS_BUILD_TIMEOUT')
    assert.equal(await bench.has('key'), undefined)
  })

  check('a build that writes too much is stopped', async (bench) => {
    const endless = 'while :; do echo 0123456789012345678901234567890123456789; done'
    await refused(bench.build('key', endless, { outputBytes: 10_000 }), 'WS_BUILD_OUTPUT')
    assert.ok(bench.lines.join('\n').length <= 10_000, 'more than the limit was logged')
  })

  check('a tree that is too large is refused before anything is run', async (bench) => {
    const files = { 'large.txt': 'x'.repeat(50_000) }
    await refused(bench.build('key', 'echo started', { contextBytes: 20_000, files }), 'WS_PUSH_TOO_LARGE')
    assert.ok(!bench.lines.includes('started'))
  })

  check('a source that breaks off is an error of the platform', async (bench) => {
    const source = (): Readable =>
      new Readable({
        read() {
          this.destroy(new Error('git went away'))
        },
      })
    await refused(bench.build('key', 'true', { source }), 'WS_BUILDER_UNAVAILABLE')
  })

  check('with noCache every step is run again', async (bench) => {
    await bench.build('key', 'echo ran')
    const again = bench.beside()
    const { image } = await again.build('key', 'echo ran', { noCache: true })
    again.assertLogged(['ran'])
    assert.match(image, DIGEST)
  })

  check('prune keeps what is named and what is young, and removes the rest', async (bench) => {
    const kept = await bench.build('key-a', 'echo a')
    await bench.build('key-b', 'echo b')
    const keep = new Set([kept.image])
    assert.equal((await bench.prune({ keep, graceMs: 3_600_000 })).removed, 0)
    assert.equal((await bench.prune({ keep })).removed, 1)
    assert.equal(await bench.has('key-a'), kept.image)
    assert.equal(await bench.has('key-b'), undefined)
  })

  check('prune names the Webspaces in which something was due and stayed', async (bench) => {
    const { image } = await bench.build('key', 'echo a')
    const keep = new Set([image])
    assert.deepEqual((await bench.prune({ keep, graceMs: 3_600_000 })).left, new Set())
    assert.deepEqual((await bench.prune({ graceMs: 3_600_000 })).left, new Set([WEBSPACE]))
    assert.deepEqual((await bench.prune({})).left, new Set())
  })

  check('prune looks at the Webspaces that it is told', async (bench) => {
    const { image } = await bench.build('key', 'echo a')
    const webspaces = new Set([WEBSPACE])
    assert.equal((await bench.prune({ keep: new Set([image]), webspaces })).removed, 0)
    assert.equal((await bench.prune({ graceMs: 3_600_000, webspaces })).removed, 0)
    assert.equal((await bench.prune({ webspaces })).removed, 1)
    assert.equal(await bench.has('key'), undefined)
  })
}

/** What was killed may take a moment until the machine no longer shows it. */
async function nothingRuns(subject: { readonly running: () => Promise<number> }): Promise<void> {
  let left = await subject.running()
  for (let look = 0; left > 0 && look < 100; look += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    left = await subject.running()
  }
  assert.equal(left, 0, 'something of a build is still running')
}

interface BuildOptions extends Partial<BuildLimits>, Partial<Pick<BuildRequest, 'noCache' | 'source'>> {
  readonly files?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

/** One builder, and what one build of it logged. */
class Bench {
  readonly builder: Builder
  readonly lines: string[] = []
  readonly #subject: BuilderSubject

  constructor(subject: BuilderSubject) {
    this.#subject = subject
    this.builder = subject.builder
  }

  /** The same builder with a log of its own. */
  beside(): Bench {
    return new Bench(this.#subject)
  }

  has(buildKey: string): Promise<string | undefined> {
    return this.builder.has(buildKey, WEBSPACE)
  }

  /** Without more said: of everything that nobody names, at any age. */
  prune(policy: Partial<PrunePolicy>): Promise<PruneResult> {
    return this.builder.prune({ keep: new Set(), graceMs: 0, ...policy }, new AbortController().signal)
  }

  build(buildKey: string, command: string, options: BuildOptions = {}): Promise<{ readonly image: string }> {
    const { files = FILES, signal = new AbortController().signal, noCache = false, source, ...limits } = options
    const request = {
      id: `push-${buildKey}`,
      webspace: WEBSPACE,
      customer: 'acme',
      branch: 'main',
      commit: '0123456789012345678901234567890123456789',
      buildKey,
      noCache,
      limits: { ...LIMITS, ...limits },
      ...this.#subject.input(command, files),
      ...(source === undefined ? {} : { source }),
    }
    return this.builder.build(request, { signal, log: (line) => void this.lines.push(line) })
  }

  /** These lines came, in this order; a builder may say things of its own in between. */
  assertLogged(expected: readonly string[]): void {
    const wanted = new Set(expected)
    assert.deepEqual(
      this.lines.filter((line) => wanted.has(line)),
      expected,
      `logged was:\n${this.lines.join('\n')}`,
    )
  }

  async untilLogged(line: string): Promise<void> {
    for (let tries = 0; !this.lines.includes(line); tries++) {
      assert.ok(tries < 2400, `${line} was not logged within two minutes`)
      await delay(50)
    }
  }
}

async function refused(building: Promise<unknown>, code: ErrorCode): Promise<void> {
  await assert.rejects(building, (error) => {
    assert.ok(hasCode(error, code), `expected ${code}, got ${String(error)}`)
    return true
  })
}

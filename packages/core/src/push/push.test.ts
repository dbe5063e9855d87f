import { beforeEach, describe, expect, test } from 'vitest'
import type { Cluster } from '../contracts/cluster.ts'
import type { IncomingPush, PushReceiver, RefUpdate } from '../contracts/push.ts'
import type { Logger } from '../contracts/system.ts'
import { coreError } from '../errors/catalogue.ts'
import { DEFAULT_CONFIG } from '../plugin/config.ts'
import { createDistribution, type Distribution } from '../plugin/distribution.ts'
import {
  ADDRESSING,
  BUILDER,
  CLUSTER,
  IMAGES,
  PUSH_OBSERVER,
  PUSH_RECEIVER,
  RELEASES,
  RESOURCE_CACHES,
  RUNTIME,
} from '../plugin/tokens.ts'
import { Customer } from '../resources/customer.ts'
import { Release } from '../resources/release.ts'
import { RuntimeResource } from '../resources/runtime.ts'
import { Webspace } from '../resources/webspace.ts'
import { memoryCluster } from '../testing/memory-cluster.ts'
import { oid, runtime, ScriptedBuilder, TinyRepository } from './push.test.kit.ts'

const never = new AbortController().signal

let cluster: Cluster
let builder: ScriptedBuilder
let repository: TinyRepository
let platform: Distribution
let receiver: PushReceiver
let lines: string[]
/** `phase result` of all that was measured. */
let measured: string[]
let ids = 0
/** By how much time is shortened. */
let haste = 1

beforeEach(async () => {
  cluster = memoryCluster()
  builder = new ScriptedBuilder()
  repository = new TinyRepository()
  lines = []
  measured = []
  haste = 1
  const meta = (name: string) => ({ apiVersion: 'webspaces.dev/v1alpha1', metadata: { name } })
  await cluster.create(
    Customer,
    Customer.parse({ ...meta('ada'), kind: 'Customer', spec: { name: 'Ada', email: 'a@x.example' } }),
  )
  await cluster.create(
    RuntimeResource,
    RuntimeResource.parse({ ...meta('text'), kind: 'Runtime', spec: { plugin: 'text' } }),
  )
  const blog = { customer: 'ada', runtime: 'text', domain: 'blog.example', previews: { max: 2 } }
  await cluster.create(Webspace, Webspace.parse({ ...meta('blog'), kind: 'Webspace', spec: blog }))
  platform = createDistribution({
    plugins: [
      {
        name: 'test',
        contractVersion: 1,
        register: (container) => {
          container.provide(CLUSTER, { useValue: cluster })
          container.provide(BUILDER, { useValue: builder })
          container.provide(PUSH_OBSERVER, {
            useValue: { phaseEnded: (phase, result) => void measured.push(`${phase} ${result}`) },
          })
          container.contribute(RUNTIME, { useValue: runtime })
          container.provide(ADDRESSING, {
            useValue: {
              defaultDomain: (name) => `${name}.localhost`,
              siteUrl: (host) => `https://${host}`,
              cloneUrl: (name) => `ssh://git@git.example/${name}.git`,
            },
          })
        },
      },
    ],
    config: { ...DEFAULT_CONFIG, push: { ...DEFAULT_CONFIG.push, rolloutWaitMs: 60_000 } },
    clock: {
      now: () => Date.now(),
      sleep: (ms, signal) =>
        new Promise((resolve, reject) => {
          const timer = setTimeout(resolve, ms / haste)
          signal?.addEventListener('abort', () => {
            clearTimeout(timer)
            reject(signal.reason as Error)
          })
        }),
    },
    newId: () => 'id',
    logger: quiet(),
  })
  await platform.start()
  receiver = platform.resolve(PUSH_RECEIVER)
  return () => platform.stop()
})

function quiet(): Logger {
  const none = (): void => undefined
  return { debug: none, info: none, warn: none, error: none, child: quiet }
}

function push(updates: RefUpdate[], options: string[] = ['no-wait'], signal = never) {
  ids += 1
  const incoming: IncomingPush = {
    id: `push-${ids}`,
    webspace: 'blog',
    pusher: 'Ada',
    source: 'push',
    updates,
    options,
    repository,
  }
  return receiver.receive(incoming, { signal, log: (line) => lines.push(line) })
}

/** What git does between the two hooks. */
async function accepted(updates: RefUpdate[], options?: string[]): Promise<void> {
  const receipt = await push(updates, options)
  for (const { ref, new: id } of updates) {
    if (id === undefined) repository.heads.delete(ref)
    else repository.heads.set(ref, id)
  }
  await receipt.settle({ signal: never, log: (line) => lines.push(line) })
  await cached()
}

/** Waits until the caches have seen what is in the cluster. */
async function cached(): Promise<void> {
  const { releases } = platform.resolve(RESOURCE_CACHES)
  await expect
    .poll(async () => {
      const stored = await cluster.list(Release)
      return stored.every(
        ({ metadata }) => releases.get(metadata.name)?.metadata.resourceVersion === metadata.resourceVersion,
      )
    })
    .toBe(true)
}

const main = (name: string, old?: string): RefUpdate => ({
  ref: 'refs/heads/main',
  new: repository.files.has(oid(name)) ? oid(name) : repository.add(name),
  ...(old === undefined ? {} : { old: oid(old) }),
})
const branch = (ref: string, name: string): RefUpdate => ({ ref: `refs/heads/${ref}`, new: repository.add(name) })
const releases = () => cluster.list(Release)
const phases = async () => (await releases()).map(({ metadata, status }) => `${metadata.name} ${status?.phase ?? '-'}`)

test('a push is Pending until the ref has moved, and Accepted after', async () => {
  const receipt = await push([main('one')])
  expect(await phases()).toEqual(['blog-1 Pending'])
  await receipt.settle({ signal: never, log: (line) => lines.push(line) })
  expect(await phases()).toEqual(['blog-1 Accepted'])
  expect((await releases())[0]?.spec).toMatchObject({ branch: 'main', commit: oid('one'), source: 'push', number: 1 })
  expect(lines.join('\n')).toContain('https://blog.example')
})

test('what git did not take is taken back', async () => {
  const receipt = await push([main('one')])
  await receipt.abandon()
  expect(await phases()).toEqual([])
  await accepted([main('one')])
  expect(await phases()).toEqual(['blog-1 Accepted'])
})

test('a failing build leaves nothing, and the next push works', async () => {
  await expect(push([main('broken')])).rejects.toMatchObject({ code: 'WS_BUILD_FAILED' })
  expect(await phases()).toEqual([])
  await accepted([main('two')])
  expect(await phases()).toEqual(['blog-1 Accepted'])
})

test('several refs are all or nothing', async () => {
  await expect(push([main('one'), branch('x', 'broken')])).rejects.toMatchObject({ code: 'WS_BUILD_FAILED' })
  expect(await phases()).toEqual([])
})

test('the same tree is built once, whatever the branch', async () => {
  await accepted([branch('x', 'one')])
  await accepted([main('one')])
  expect(builder.built).toHaveLength(1)
  expect(lines.join('\n')).toContain('built before')
  await accepted([{ ...branch('y', 'one') }], ['no-wait', 'rebuild'])
  expect(builder.built).toHaveLength(2)
})

test('the images of a push are in flight from the first until Releases name them', async () => {
  const { inFlight } = platform.resolve(IMAGES)
  await accepted([main('one')])
  let go = (): void => undefined
  builder.hold = new Promise((resolve) => (go = resolve))
  const pushing = push([branch('x', 'one'), branch('y', 'two')])
  await expect.poll(() => builder.built.length).toBe(2)
  expect(inFlight.images()).toEqual([...builder.images.values()])
  expect(inFlight.images()).toHaveLength(1)
  go()
  await (await pushing).settle({ signal: never, log: () => undefined })
  await cached()
  expect(inFlight.images()).toEqual([])
})

test.each([
  ['a build of it fails', () => expect(push([main('one'), branch('x', 'broken')])).rejects.toThrow('exit code 1')],
  ['git does not take it', async () => (await push([main('one'), branch('x', 'two')])).abandon()],
])('a push lets go of all its images when %s', async (_why, undone) => {
  const { inFlight } = platform.resolve(IMAGES)
  const dropped: string[] = []
  inFlight.onDrop((webspace) => dropped.push(webspace))
  await undone()
  expect(inFlight.images()).toEqual([])
  expect(dropped).toEqual(['blog', 'blog'])
})

test('each phase of a push is measured, and how it ended', async () => {
  const before = ['preflight success', 'lock success', 'inspect success', 'lookup miss', 'queue success']
  await accepted([main('one')])
  expect(measured).toEqual([...before, 'build success', 'release success', 'accept success'])
  measured = []
  await accepted([branch('x', 'one')])
  expect(measured).toContain('lookup hit')
  expect(measured).not.toContain('build success')
  measured = []
  await expect(push([branch('y', 'broken')])).rejects.toThrow()
  expect(measured).toEqual([...before, 'build WS_BUILD_FAILED'])
  measured = []
  await expect(push([main('two')])).rejects.toThrow()
  expect(measured).toEqual(['preflight WS_PUSH_STALE'])
})

test('a newer push to a branch takes the place of the older one', async () => {
  builder.hold = new Promise(() => undefined)
  const older = push([main('one')])
  await expect.poll(() => builder.built.length).toBe(1)
  builder.hold = undefined
  const newer = push([main('two')])
  await expect(older).rejects.toMatchObject({ code: 'WS_PUSH_SUPERSEDED' })
  await (await newer).abandon()
})

test('a pusher who goes away ends the build', async () => {
  builder.hold = new Promise(() => undefined)
  const gone = new AbortController()
  const pushed = push([main('one')], [], gone.signal)
  await expect.poll(() => builder.built.length).toBe(1)
  gone.abort(new Error('connection lost'))
  await expect(pushed).rejects.toThrow('connection lost')
  expect(await phases()).toEqual([])
})

test('a release that was made on top while the ref moved does not hide the push', async () => {
  await accepted([main('one')])
  const receipt = await push([main('two', 'one')])
  await cached()
  const webspace = await cluster.get(Webspace, { name: 'blog' })
  const { spec } = await cluster.get(Release, { name: 'blog-1' })
  await platform.resolve(RELEASES).createAccepted(webspace, { ...spec, source: 'config' })
  await cached()
  await receipt.settle({ signal: never, log: () => undefined })
  const newest = (await releases()).at(-1)
  expect(newest).toMatchObject({
    metadata: { name: 'blog-4' },
    spec: { commit: oid('two') },
    status: { phase: 'Accepted' },
  })
})

test('a rollout is followed to its end, and a failure is told with the log', async () => {
  const receipt = await push([main('one')], [])
  const settled = receipt.settle({ signal: never, log: (line) => lines.push(line) })
  await expect.poll(() => lines.some((line) => line.includes('blog-1'))).toBe(true)
  const rollout = { phase: 'Failed', replicas: 1, readyReplicas: 0, message: 'exit code 1', log: ['boom'] }
  await cluster.patchStatus(Release, { name: 'blog-1' }, { rollout })
  await settled
  expect(measured).toContain('rollout failed')
  expect(lines.join('\n')).toMatch(/rollout failed: exit code 1[\s\S]*\| boom[\s\S]*former version/)
})

test('a deleted branch is retired', async () => {
  await accepted([branch('x', 'one')])
  await accepted([{ ref: 'refs/heads/x', old: oid('one') }])
  expect(await phases()).toEqual(['blog-1 Retired'])
})

describe('refused before any build', () => {
  const cases: [string, string, () => RefUpdate[] | Promise<RefUpdate[]>, string[]?][] = [
    ['no ref', 'WS_PUSH_EMPTY', () => []],
    ['an unknown option', 'WS_PUSH_OPTION', () => [main('one')], ['fast']],
    ['an option named like a field of every object', 'WS_PUSH_OPTION', () => [main('one')], ['constructor']],
    ['too many refs', 'WS_PUSH_TOO_MANY_REFS', () => Array.from({ length: 21 }, (_, i) => branch(`b${i}`, 'one'))],
    ['a ref elsewhere', 'WS_PUSH_REF', () => [{ ref: 'refs/notes/x', new: repository.add('one') }]],
    ['a hidden ref', 'WS_PUSH_REF', () => [{ ref: 'refs/heads/../x', new: repository.add('one') }]],
    ['a long name', 'WS_PUSH_REF', () => [branch('b'.repeat(300), 'one')]],
    ['a stale old value', 'WS_PUSH_STALE', () => [main('two', 'one')]],
    ['a missing object', 'WS_PUSH_NOT_A_COMMIT', () => [{ ref: 'refs/heads/main', new: oid('nowhere') }]],
    [
      'deleting production',
      'WS_PUSH_PRODUCTION_DELETE',
      async () => {
        await accepted([main('one')])
        return [{ ref: 'refs/heads/main', old: oid('one') }]
      },
    ],
    [
      'rewriting production',
      'WS_PUSH_NON_FAST_FORWARD',
      async () => {
        repository.add('zero')
        await accepted([main('one')])
        return [main('zero', 'one')]
      },
    ],
    [
      'a branch below a branch',
      'WS_PUSH_REF_COLLISION',
      async () => {
        await accepted([branch('feature', 'one')])
        return [branch('feature/x', 'two')]
      },
    ],
    ['colliding branches in one push', 'WS_PUSH_REF_COLLISION', () => [branch('a/b', 'one'), branch('a', 'two')]],
    [
      'one preview too many',
      'WS_PUSH_TOO_MANY_PREVIEWS',
      async () => {
        await accepted([branch('a', 'one'), branch('b', 'two')])
        return [branch('c', 'three')]
      },
    ],
    [
      'a shallow history',
      'WS_PUSH_SHALLOW',
      () => {
        repository.shallow = true
        return [main('one')]
      },
    ],
    [
      'nothing to build',
      'WS_PUSH_NO_INPUT',
      () => {
        repository.add('docs', { 'README.md': 'hello' })
        return [main('docs')]
      },
    ],
    [
      'its own Dockerfile',
      'WS_PUSH_DOCKERFILE',
      () => {
        repository.add('docker', { Dockerfile: 'FROM x', 'site.txt': '' })
        return [main('docker')]
      },
    ],
    [
      'a Git LFS pointer',
      'WS_PUSH_LFS',
      () => {
        const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 12345\n`
        repository.add('lfs', { '.gitattributes': '*.png filter=lfs diff=lfs\n', 'a.png': pointer, 'site.txt': '' })
        return [main('lfs')]
      },
    ],
  ]
  test.each(cases)('%s', async (_what, code, updates, options) => {
    const prepared = await updates()
    const before = { built: builder.built.length, phases: await phases() }
    await expect(push(prepared, options)).rejects.toMatchObject({ code })
    expect({ built: builder.built.length, phases: await phases() }).toEqual(before)
  })

  test('a suspended customer', async () => {
    await cluster.patch(Customer, { name: 'ada' }, { spec: { suspended: true } })
    await expect
      .poll(() =>
        push([main('one')]).then(
          async (receipt) => (await receipt.abandon(), 'taken'),
          (error: unknown) => (error as { code: string }).code,
        ),
      )
      .toBe('WS_SUSPENDED')
  })

  test.each([
    ['away', () => Promise.reject(coreError('WS_UNAVAILABLE', 'takes no connection'))],
    ['silent', () => new Promise<never>(() => undefined)],
  ])('a cluster that is %s, without which no Release can be written', async (_, answer) => {
    haste = 100
    cluster.get = answer
    await expect(push([main('one')])).rejects.toMatchObject({ code: 'WS_UNAVAILABLE' })
    expect(builder.built).toEqual([])
  })

  test('production may be rewritten where the webspace allows it and the pusher says so', async () => {
    repository.add('zero')
    await accepted([main('one')])
    await cluster.patch(Webspace, { name: 'blog' }, { spec: { forcePush: true } })
    await expect.poll(() => platform.resolve(RESOURCE_CACHES).webspaces.get('blog')?.spec.forcePush).toBe(true)
    await expect(push([main('zero', 'one')])).rejects.toMatchObject({ code: 'WS_PUSH_NON_FAST_FORWARD' })
    await accepted([main('zero', 'one')], ['no-wait', 'force'])
  })

  test('the refusal for no input says which runtime would fit', async () => {
    repository.add('docs', { 'README.md': 'hello' })
    await expect(push([main('docs')])).rejects.toThrow(/looked for Dockerfile, site.txt; found README.md/)
  })
})

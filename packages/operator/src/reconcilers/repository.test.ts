import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import {
  BUILDER,
  ownerReference,
  Release,
  REPOSITORIES,
  REPOSITORY_FINALIZER,
  RuntimeResource,
  Webspace,
  type Builder,
  type Plugin,
} from '@webspaces/core'
import { sampleRelease } from '@webspaces/core/testing'
import { sshGitServer } from '@webspaces/git-ssh'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { repositoryReconciler } from './plugins.ts'
import { World } from './world.test.kit.ts'

const MINUTE = 60_000
const exec = promisify(execFile)

let dir: string
let world: World

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'webspaces-repository-'))
  world = await World.start({ plugins: plugins() })
  await world.apply(RuntimeResource, 'node', { plugin: 'node' })
  await world.customer('ada')
  await world.webspace('blog')
  await eventually(() => expect(existsSync(repository())).toBe(true))
})
afterEach(async () => {
  await world.stop()
  await rm(dir, { recursive: true, force: true })
})

function plugins(): Plugin[] {
  const builder: Pick<Builder, 'prune'> = { prune: () => Promise.resolve({ removed: 0, bytes: 0, left: new Set() }) }
  return [
    sshGitServer({ host: '127.0.0.1', port: 0, repositories: dir, hostKey: join(dir, 'key') }),
    {
      name: 'builder',
      contractVersion: 1,
      register: (container) => container.provide(BUILDER, { useValue: builder as Builder }),
    },
    repositoryReconciler(),
  ]
}

function repository(): string {
  return join(dir, 'blog.git')
}

async function git(...args: string[]): Promise<string> {
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com']
  const { stdout } = await exec('git', ['-C', repository(), ...identity, ...args])
  return stdout.trim()
}

/** A commit at the branch, past all rules. @returns its oid */
async function commitTo(branch: string, message: string): Promise<string> {
  const tree = await git('hash-object', '-w', '-t', 'tree', '/dev/null')
  const oid = await git('commit-tree', tree, '-m', message)
  await git('update-ref', `refs/heads/${branch}`, oid)
  return oid
}

async function phase(name: string): Promise<string | undefined> {
  return (await world.release(name)).status?.phase
}

/** A Release as a process leaves it that is killed before git has moved the ref. */
async function leavePending(commit: string, branch = 'main'): Promise<void> {
  const { push: _push, ...spec } = sampleRelease(branch)
  await world.cluster.create(Release, {
    apiVersion: Release.apiVersion,
    kind: Release.kind,
    metadata: { name: 'blog-1' },
    spec: { ...spec, commit, env: [], webspace: 'blog', number: 1 },
  })
}

async function deleted(name: string): Promise<void> {
  await world.cluster.delete(Webspace, { name })
  await eventually(async () =>
    expect((await world.cluster.list(Webspace)).map(({ metadata }) => metadata.name)).not.toContain(name),
  )
}

/** The Webspace goes as when somebody has taken its finalizers off, and nobody sees to its repository. */
async function lost(name: string): Promise<void> {
  await world.cluster.patch(Webspace, { name }, { metadata: { finalizers: [] } })
  await world.cluster.delete(Webspace, { name })
}

async function finalizers(name: string): Promise<readonly string[] | undefined> {
  return (await world.cluster.get(Webspace, { name })).metadata.finalizers
}

/** Whose the repository says that it is. */
async function owner(): Promise<unknown> {
  return JSON.parse(await readFile(join(repository(), 'webspaces-owner.json'), 'utf8'))
}

/** Where the administrator finds what was retained. */
async function retained(): Promise<string[]> {
  return (await readdir(join(dir, '.retained')).catch(() => [])).map((folder) => join(dir, '.retained', folder))
}

/** Generous: what is waited for starts git. */
function eventually<T>(look: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(look, { timeout: 20_000 })
}

test('a Webspace gets a repository whose HEAD is its production branch', async () => {
  expect(await git('symbolic-ref', 'HEAD')).toBe('refs/heads/main')
  expect((await world.cluster.get(Webspace, { name: 'blog' })).metadata.finalizers).toEqual([REPOSITORY_FINALIZER])
  await world.change(Webspace, 'blog', { branch: 'trunk' })
  await eventually(async () => expect(await git('symbolic-ref', 'HEAD')).toBe('refs/heads/trunk'))
})

test('the repository goes with its Webspace, and with it everything else', async () => {
  await commitTo('main', 'First')
  await world.push('blog')
  await deleted('blog')
  expect(existsSync(repository())).toBe(false)
  expect(await retained()).toEqual([])
  await world.settle()
  expect(await world.cluster.list(Release)).toEqual([])
  expect(await world.running()).toEqual([])
})

test('a retained repository outlives its Webspace, and the next one of that name begins with nothing', async () => {
  await world.change(Webspace, 'blog', { reclaimPolicy: 'Retain' })
  const oid = await commitTo('main', 'First')
  await deleted('blog')
  const [kept = '', ...others] = await retained()
  expect(others).toEqual([])
  expect((await exec('git', ['-C', kept, 'rev-parse', 'main'])).stdout.trim()).toBe(oid)

  await world.customer('ben')
  await world.webspace('blog', { customer: 'ben' })
  await eventually(() => expect(existsSync(repository())).toBe(true))
  expect(await git('for-each-ref')).toBe('')
})

test('what a Webspace that went without its finalizer has left is not for the next customer of its name', async () => {
  const oid = await commitTo('main', 'First')
  await world.stop()
  await lost('blog')
  await world.customer('ben')
  await world.webspace('blog', { customer: 'ben' })
  world = await World.start({ after: world, plugins: plugins() })
  await eventually(async () => expect(await retained()).toHaveLength(1))
  await eventually(() => expect(existsSync(repository())).toBe(true))
  expect(await git('for-each-ref')).toBe('')
  const [kept = ''] = await retained()
  expect((await exec('git', ['-C', kept, 'rev-parse', 'main'])).stdout.trim()).toBe(oid)

  // Put back as the guide has it, while there is no Webspace of that name.
  await deleted('blog')
  await rename(kept, repository())
  await world.webspace('blog', { customer: 'ben' })
  await eventually(async () => expect((await finalizers('blog')) ?? []).toEqual([REPOSITORY_FINALIZER]))
  await world.settle()
  expect(await git('rev-parse', 'main')).toBe(oid)
  expect(await retained()).toEqual([])
})

test('Webspaces and Releases that are restored, with other uids, find their repository', async () => {
  const oid = await commitTo('main', 'First')
  const name = await world.push('blog', 'main', { commit: oid })
  await eventually(async () => expect(await phase(name)).toBe('Accepted'))
  await world.stop()
  const [webspace, release] = [await world.cluster.get(Webspace, { name: 'blog' }), await world.release(name)]
  await lost('blog')
  await eventually(async () => expect(await world.cluster.list(Release)).toEqual([]))

  // The guide's own steps: without uid and version, and each Release with the new uid of its Webspace.
  const { uid: _uid, resourceVersion: _version, ...metadata } = webspace.metadata
  const restored = await world.cluster.create<Webspace>(Webspace, { ...webspace, metadata })
  expect(restored.metadata.uid).not.toBe(webspace.metadata.uid)
  await world.cluster.create(Release, {
    ...release,
    metadata: { name, labels: release.metadata.labels ?? {}, ownerReferences: [ownerReference(restored)] },
  })
  await world.cluster.patchStatus(Release, { name }, { ...release.status })
  world = await World.start({ after: world, plugins: plugins() })
  await eventually(async () => expect(await owner()).toEqual({ uid: restored.metadata.uid, customer: 'ada' }))
  await world.settle()
  expect(await git('rev-parse', 'main')).toBe(oid)
  expect(await phase(name)).toBe('Accepted')
  expect(await retained()).toEqual([])
})

test('a Webspace that moves to another customer keeps its repository, which is that one’s then', async () => {
  const oid = await commitTo('main', 'First')
  await world.customer('ben')
  await world.change(Webspace, 'blog', { customer: 'ben' })
  await eventually(async () => expect(await owner()).toMatchObject({ customer: 'ben' }))
  expect(await git('rev-parse', 'main')).toBe(oid)
  expect(await retained()).toEqual([])
})

test('a process that was killed between retaining and letting go has nothing more to retain', async () => {
  await world.change(Webspace, 'blog', { reclaimPolicy: 'Retain' })
  await world.resolve(REPOSITORIES).retain('blog')
  await deleted('blog')
  expect(await retained()).toHaveLength(1)
})

test("the platform's policy holds where a Webspace has none", async () => {
  await world.stop()
  world = await World.start({ after: world, plugins: plugins(), reclaimPolicy: 'Retain' })
  await world.webspace('scratch', { reclaimPolicy: 'Delete' })
  await eventually(() => expect(existsSync(join(dir, 'scratch.git'))).toBe(true))
  await deleted('scratch')
  expect(await retained()).toEqual([])
  await deleted('blog')
  expect(await retained()).toHaveLength(1)
})

test('finalizers of others stay', async () => {
  const theirs = 'example.com/theirs'
  const shop = Webspace.parse({
    apiVersion: Webspace.apiVersion,
    kind: Webspace.kind,
    metadata: { name: 'shop', finalizers: [theirs] },
    spec: { customer: 'ada', runtime: 'node' },
  })
  await world.cluster.create(Webspace, shop)
  await eventually(async () => expect(await finalizers('shop')).toEqual([theirs, REPOSITORY_FINALIZER]))
  await world.cluster.delete(Webspace, { name: 'shop' })
  await eventually(async () => expect(await finalizers('shop')).toEqual([theirs]))
})

test('a Pending Release whose ref has moved is accepted', async () => {
  await leavePending(await commitTo('main', 'First'))
  await eventually(async () => expect(await phase('blog-1')).toBe('Accepted'))
})

test('a Pending Release whose ref has not moved is gone after its grace', async () => {
  await leavePending('c0ffee'.repeat(7).slice(0, 40))
  await world.clock.advance(9 * MINUTE)
  await world.settle()
  expect(await phase('blog-1')).toBeUndefined()
  await eventually(async () => {
    await world.clock.advance(MINUTE)
    expect(await world.cluster.list(Release)).toEqual([])
  })
})

test('a branch that went without a push takes its Release with it, and until then refs are left alone', async () => {
  const branches = vi.spyOn(world.resolve(REPOSITORIES), 'branches')
  const sweepsEnded = async (): Promise<number> => {
    await world.settle()
    expect(branches.mock.settledResults.every(({ type }) => type !== 'incomplete')).toBe(true)
    return branches.mock.calls.length
  }
  const name = await world.push('blog', 'next', { commit: await commitTo('next', 'First') })
  const sweeps = await eventually(async () => {
    const count = await sweepsEnded()
    expect(count).toBeGreaterThan(0)
    // That it is accepted by now may be a reason for another one.
    await sleep(500)
    expect(await sweepsEnded()).toBe(count)
    return count
  })
  await world.change(Webspace, 'blog', { replicas: 2 })
  await world.clock.advance(4 * MINUTE)
  expect(await eventually(sweepsEnded)).toBe(sweeps)
  await git('update-ref', '-d', 'refs/heads/next')
  await world.clock.advance(MINUTE)
  await eventually(async () => expect(await phase(name)).toBe('Retired'))
})

test('a branch that went while nothing was running takes its Release with it at the next start', async () => {
  const name = await world.push('blog', 'next', { commit: await commitTo('next', 'First') })
  await world.stop()
  await git('update-ref', '-d', 'refs/heads/next')
  world = await World.start({ after: world, plugins: plugins() })
  await eventually(async () => expect(await phase(name)).toBe('Retired'))
})

import { readdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { coreError } from '@webspaces/core'
import {
  commitAll,
  recordingLogger,
  run,
  startTestServer,
  testEnvironment,
  type TestServer,
} from '../test-server.test.kit.ts'
import { RepositoryStore } from './repository-store.ts'

let server: TestServer
const author = { name: 'Backend', email: 'backend@example.com' }

beforeEach(async () => {
  server = await startTestServer()
  await server.repositories.ensure('blog', 'main')
})
afterEach(() => server.stop())

const commit = (files: Record<string, string | Uint8Array | null>, more: object = {}) =>
  server.repositories.commit('blog', { branch: 'main', author, message: 'change', files, ...more })
const text = async (path: string, ref = 'main') =>
  Buffer.from(await server.repositories.readFile('blog', ref, path)).toString()
const retainedFolder = (): string => join(server.folder, 'repositories', '.retained')
const retained = async (): Promise<string[]> => (await readdir(retainedFolder())).sort()

test('names are resource names and nothing else', async () => {
  for (const name of ['../blog', 'blog.git', '', '.', '-x', 'blog/../blog', 'BLOG', 'a\0b', 'nothing']) {
    await expect(server.repositories.log(name, 'main')).rejects.toMatchObject({ code: 'WS_NOT_FOUND' })
    await expect(
      server.repositories.commit(name, { branch: 'main', author, message: '', files: {} }),
    ).rejects.toMatchObject({
      code: 'WS_NOT_FOUND',
    })
    expect(await server.repositories.branches(name)).toEqual([])
  }
  await expect(server.repositories.ensure('../x', 'main')).rejects.toMatchObject({ code: 'WS_NOT_FOUND' })
  await expect(server.repositories.delete('../x')).rejects.toMatchObject({ code: 'WS_NOT_FOUND' })
  await expect(server.repositories.retain('../x')).rejects.toMatchObject({ code: 'WS_NOT_FOUND' })
})

test('repositories are made once, listed, and deleted', async () => {
  await Promise.all([1, 2, 3].map(() => server.repositories.ensure('another', 'main')))
  expect(await server.repositories.list()).toEqual(['another', 'blog'])
  await server.repositories.delete('another')
  await server.repositories.delete('another')
  expect(await server.repositories.list()).toEqual(['blog'])
})

test('a retained repository is whole in a place of its own, and its name is free for another', async () => {
  const { oid } = await commit({ 'index.html': 'one' })
  await server.repositories.retain('blog')
  await server.repositories.retain('blog') // after a crash
  expect(await server.repositories.list()).toEqual([])
  expect(await server.repositories.branches('blog')).toEqual([])
  await server.repositories.ensure('blog', 'main')
  expect(await server.repositories.branches('blog')).toEqual([])

  await server.store.prepare()
  const [folder = '', ...others] = await retained()
  expect([folder, others]).toEqual([expect.stringMatching(/^blog-\d{8}T\d{6}Z\.git$/), []])
  expect((await server.git(['ls-remote', server.url(`.retained/${folder.replace(/\.git$/, '')}`)])).code).not.toBe(0)

  await server.repositories.delete('blog')
  await rename(join(retainedFolder(), folder), server.store.path('blog'))
  expect(await server.repositories.branches('blog')).toEqual([{ name: 'main', oid }])
  expect(await text('index.html')).toBe('one')
})

test('what was retained before is never written over', async () => {
  let now = Date.UTC(2026, 0, 31)
  const store = new RepositoryStore(join(server.folder, 'repositories'), {
    clock: { now: () => now },
    logger: recordingLogger([]),
  })
  await store.retain('blog')
  await server.repositories.ensure('blog', 'main')
  await expect(store.retain('blog')).rejects.toMatchObject({ code: 'ENOTEMPTY' })
  expect(await server.repositories.list()).toEqual(['blog'])
  now += 1000
  await store.retain('blog')
  expect(await retained()).toEqual(['blog-20260131T000000Z.git', 'blog-20260131T000001Z.git'])
})

test('git finds nothing to complain about in a new repository, and HEAD follows the production branch', async () => {
  const options = { cwd: server.store.path('blog'), env: testEnvironment(server.folder) }
  expect(await run('git', ['fsck', '--strict'], options)).toMatchObject({ code: 0 })
  await server.repositories.ensure('blog', 'live')
  expect((await run('git', ['symbolic-ref', 'HEAD'], options)).stdout).toBe('refs/heads/live\n')
})

test('files are committed, changed, moved and removed, and read at any commit', async () => {
  const first = await commit({ 'index.html': 'one', 'src/a.js': 'a', 'src/deep/b.js': new Uint8Array([0, 1, 255]) })
  const second = await commit(
    { 'index.html': 'two', 'src/deep/b.js': null, 'src/new/c.js': 'c' },
    { message: 'second\n\nbody' },
  )
  expect(await text('index.html')).toBe('two')
  expect(await text('index.html', first.oid)).toBe('one')
  expect([...(await server.repositories.readFile('blog', first.oid, 'src/deep/b.js'))]).toEqual([0, 1, 255])
  expect(await server.repositories.readTree('blog', 'main', 'src')).toEqual([
    { name: 'a.js', type: 'file', oid: expect.any(String) as string },
    { name: 'new', type: 'folder', oid: expect.any(String) as string },
  ])
  expect((await server.repositories.readTree('blog', 'main', '')).map(({ name }) => name)).toEqual([
    'index.html',
    'src',
  ])
  const log = await server.repositories.log('blog', 'main')
  expect(log.map(({ oid, parents, message }) => ({ oid, parents, message }))).toEqual([
    { oid: second.oid, parents: [first.oid], message: 'second\n\nbody\n' },
    { oid: first.oid, parents: [], message: 'change\n' },
  ])
  expect(log[0]?.author).toEqual(author)
  expect(await server.repositories.log('blog', 'main', { limit: 1 })).toHaveLength(1)
  expect(await server.repositories.branches('blog')).toEqual([{ name: 'main', oid: second.oid }])
  expect(
    await run('git', ['fsck', '--strict', '--full'], { cwd: server.store.path('blog'), env: testEnvironment('/') }),
  ).toMatchObject({
    code: 0,
  })
})

test('a commit takes the way of a push, and what is refused leaves nothing', async () => {
  const { oid } = await commit({ a: '1' })
  server.receiver.receiving = async ({ repository, updates: [update], ...push }, io) => {
    expect(push).toMatchObject({
      webspace: 'blog',
      source: 'api',
      pusher: 'Backend <backend@example.com>',
      options: [],
    })
    expect(update).toMatchObject({ ref: 'refs/heads/main', old: oid })
    expect((await repository.tree(update?.new ?? '', 10)).entries.map(({ path }) => path)).toEqual(['a', 'b'])
    expect(await repository.lacksHistory(update?.new ?? '')).toBe(false)
    io.log('building')
    throw coreError('WS_BUILD_FAILED', 'no')
  }
  const lines: string[] = []
  await expect(commit({ b: '2' }, { log: (line: string) => lines.push(line) })).rejects.toMatchObject({
    code: 'WS_BUILD_FAILED',
  })
  expect(lines).toEqual(['building'])
  expect(await server.repositories.branches('blog')).toEqual([{ name: 'main', oid }])
  expect(await server.quarantines('blog')).toEqual([])
  const objects = await run('git', ['count-objects'], { cwd: server.store.path('blog'), env: testEnvironment('/') })
  expect(objects.stdout).toContain('3 objects')
})

test('a commit on another head than the branch has is stale', async () => {
  const { oid } = await commit({ a: '1' })
  await commit({ a: '2' }, { parent: oid })
  await expect(commit({ a: '3' }, { parent: oid })).rejects.toMatchObject({ code: 'WS_PUSH_STALE' })
  expect(await text('a')).toBe('2')
})

test('when the branch moves while a commit is checked, the commit is given back', async () => {
  await commit({ a: '1' })
  let nested: Promise<unknown> | undefined
  server.receiver.receiving = async () => {
    if (nested !== undefined) return
    nested = commit({ a: 'faster' })
    await nested
  }
  await expect(commit({ a: 'slower' })).rejects.toMatchObject({ code: 'WS_PUSH_STALE' })
  expect(await text('a')).toBe('faster')
  expect(server.receiver.events.slice(2)).toEqual(['receive', 'receive', 'settle', 'abandon'])
})

test('what changes nothing makes no commit', async () => {
  const { oid } = await commit({ a: '1' })
  expect(await commit({ a: '1', b: null })).toEqual({ oid })
  expect(server.receiver.pushes).toHaveLength(1)
})

test('a file that was executable stays so', async () => {
  const work = await server.workTree()
  await writeFile(join(work, 'run'), 'old', { mode: 0o755 })
  await commitAll(work, 'executable')
  await server.git(['push', server.url('blog'), 'main'], { cwd: work })
  await commit({ run: 'new' })
  const entry = (await server.repositories.readTree('blog', 'main', '')).find(({ name }) => name === 'run')
  expect(entry?.type).toBe('executable')
  expect(await text('run')).toBe('new')
})

test.each([['../x'], ['/x'], ['a//b'], ['.git/config'], ['a/.GIT/hooks/x'], ['a/./b'], ['']])(
  'the path %j is refused',
  async (path) => {
    await expect(commit({ [path]: 'x' })).rejects.toMatchObject({ code: 'WS_INVALID' })
    expect(server.receiver.pushes).toEqual([])
  },
)

test('a path cannot be a file and a folder at once', async () => {
  await expect(commit({ a: 'x', 'a/b': 'y' })).rejects.toMatchObject({ code: 'WS_INVALID' })
  await expect(commit({ 'a/b': 'y', a: 'x' })).rejects.toMatchObject({ code: 'WS_INVALID' })
})

test.each([['main..x'], ['-x'], ['a b'], ['refs/heads/x.lock'], ['']])(
  '%j is no branch to commit to',
  async (branch) => {
    await expect(commit({ a: 'x' }, { branch })).rejects.toMatchObject({ code: 'WS_PUSH_REF' })
  },
)

test('what is not there is WS_NOT_FOUND', async () => {
  await commit({ 'dir/file': 'x' })
  const attempts = await Promise.allSettled([
    text('nothing'),
    text('dir'),
    text('dir/file', 'no-branch'),
    text('dir/file', '0'.repeat(40)),
    text('dir/file', '--help'),
    text('/dir/file'),
    server.repositories.readTree('blog', 'main', 'dir/file'),
    server.repositories.log('blog', 'no-branch'),
  ])
  for (const attempt of attempts) {
    expect(attempt).toMatchObject({ status: 'rejected', reason: { code: 'WS_NOT_FOUND' } })
  }
})

test('reading works on packed repositories, and while they are repacked', async () => {
  for (let index = 0; index < 5; index += 1) await commit({ a: String(index) })
  const options = { cwd: server.store.path('blog'), env: testEnvironment('/') }
  const repack = async (): Promise<void> => {
    for (let index = 0; index < 5; index += 1) await run('git', ['repack', '-adqf'], options)
  }
  const read = async (): Promise<void> => {
    for (let index = 0; index < 30; index += 1) expect(await text('a')).toBe('4')
  }
  await Promise.all([repack(), read(), read()])
  await run('git', ['gc', '-q'], options)
  expect(await text('a')).toBe('4')
  expect(await server.repositories.log('blog', 'main')).toHaveLength(5)
})

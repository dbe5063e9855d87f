import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { PushedRepository, RefUpdate } from '@webspaces/core'
import { commitAll, run, startTestServer, testEnvironment, type TestServer } from '../test-server.test.kit.ts'

let server: TestServer
let work: string

beforeEach(async () => {
  server = await startTestServer()
  work = await server.workTree()
})
afterEach(() => server.stop())

/** Pushes, and looks at what is in quarantine from where the push rules do. */
async function whilePushing<T>(
  look: (repository: PushedRepository, oid: string, signal: AbortSignal) => Promise<T>,
  options: { readonly from?: string; readonly refspec?: string } = {},
): Promise<T> {
  let seen: PromiseSettledResult<T>[] = []
  server.receiver.receiving = async ({ repository, updates: [update] }, { signal }) => {
    seen = await Promise.allSettled([look(repository, (update as Required<RefUpdate>).new, signal)])
  }
  const pushed = await server.git(['push', '--force', server.url('blog'), options.refspec ?? 'main'], {
    cwd: options.from ?? work,
  })
  const [result] = seen
  if (result?.status === 'fulfilled') return result.value
  throw result?.reason instanceof Error ? result.reason : new Error(pushed.stderr)
}

test('tells a commit, its author and the first line of its message', async () => {
  await commitAll(work, 'Ünïcode subject\n\nbody')
  const facts = await whilePushing((repository, oid) => repository.commit(oid))
  expect(facts).toMatchObject({ author: 'Alice <alice@example.com>', subject: 'Ünïcode subject' })
  const tree = await run('git', ['rev-parse', 'HEAD^{tree}'], { cwd: work, env: testEnvironment(work) })
  expect(facts.tree).toBe(tree.stdout.trim())
})

test('lists the tree with types, sizes and content', async () => {
  await mkdir(join(work, 'bin'))
  await writeFile(join(work, 'bin', 'run'), '#!/bin/sh\n', { mode: 0o755 })
  await writeFile(join(work, 'ünï "x"\ty'), 'strange name')
  await symlink('index.html', join(work, 'link'))
  await run('git', ['update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},module`], {
    cwd: work,
    env: testEnvironment(work),
  })
  await run('git', ['add', 'bin', 'link', 'ünï "x"\ty'], { cwd: work, env: testEnvironment(work) })
  await run('git', ['commit', '-qm', 'x'], { cwd: work, env: testEnvironment(work) })
  await whilePushing(async (repository, oid) => {
    const tree = await repository.tree(oid, 100)
    expect(tree.entries).toEqual([
      { path: 'bin/run', type: 'executable', size: 10 },
      { path: 'index.html', type: 'file', size: 6 },
      { path: 'link', type: 'symlink', size: 10 },
      { path: 'module', type: 'submodule', size: 0 },
      { path: 'ünï "x"\ty', type: 'file', size: 12 },
    ])
    expect(tree.has('index.html')).toBe(true)
    expect(tree.has('bin')).toBe(false)
    expect(tree.has('toString')).toBe(false)
    expect(await tree.read('index.html')).toBe('hello\n')
    expect(await tree.read('index.html', 5)).toBeUndefined()
    expect(await tree.read('nothing')).toBeUndefined()
    expect(await Promise.all([tree.read('ünï "x"\ty'), tree.read('bin/run')])).toEqual(['strange name', '#!/bin/sh\n'])
  })
})

test('a tree with more entries than allowed is refused with the number', async () => {
  await Promise.all(Array.from({ length: 30 }, (_, index) => writeFile(join(work, `f${index}`), '')))
  await commitAll(work, 'many')
  const listing = whilePushing((repository, oid) => repository.tree(oid, 20))
  await expect(listing).rejects.toMatchObject({
    code: 'WS_PUSH_TOO_LARGE',
    message: expect.stringContaining('20') as unknown,
  })
})

test('knows refs, types of objects and ancestry, also of objects in quarantine', async () => {
  const first = await commitAll(work, 'first')
  await server.git(['push', server.url('blog'), 'main'], { cwd: work })
  await commitAll(work, 'second')
  await run('git', ['tag', '-am', 'tag', 'v1'], { cwd: work, env: testEnvironment(work) })
  await whilePushing(
    async (repository, oid) => {
      expect([...(await repository.refs())]).toEqual([['refs/heads/main', first]])
      expect(await repository.objectType(oid)).toBe('tag')
      expect(await repository.objectType(first)).toBe('commit')
      expect(await repository.objectType('0'.repeat(40))).toBeUndefined()
      expect(await repository.objectType('HEAD')).toBeUndefined()
    },
    { refspec: 'v1' },
  )
  await whilePushing(async (repository, oid) => {
    expect(await repository.isAncestor(first, oid)).toBe(true)
    expect(await repository.isAncestor(oid, first)).toBe(false)
    expect(await repository.lacksHistory(oid)).toBe(false)
  })
})

test('the archive is what was pushed, byte for byte, whatever .gitattributes says', async () => {
  await writeFile(
    join(work, '.gitattributes'),
    'secret.txt export-ignore\nversion.txt export-subst\n*.bat text eol=crlf\n',
  )
  await writeFile(join(work, 'secret.txt'), 'still here\n')
  await writeFile(join(work, 'version.txt'), '$Format:%H$\n')
  await writeFile(join(work, 'run.bat'), 'echo\n')
  await commitAll(work, 'attributes')
  const tar = await whilePushing((repository, oid, signal) => buffer(repository.archive(oid, signal)))
  const folder = join(server.folder, 'out')
  await mkdir(folder)
  await writeFile(join(folder, 'x.tar'), tar)
  const names = await run('tar', ['-tf', 'x.tar'], { cwd: folder, env: testEnvironment(folder) })
  expect(names.stdout.split('\n')).toEqual(expect.arrayContaining(['secret.txt', 'index.html', '.gitattributes']))
  const content = await run('tar', ['-xOf', 'x.tar', 'version.txt', 'run.bat'], {
    cwd: folder,
    env: testEnvironment(folder),
  })
  expect(content.stdout.split('\n').sort()).toEqual(['', '$Format:%H$', 'echo'])
})

test('an archive of what is not there fails instead of ending empty', async () => {
  const archive = whilePushing((repository, _oid, signal) => buffer(repository.archive('1'.repeat(40), signal)))
  await expect(archive).rejects.toMatchObject({ code: 'WS_GIT_FAILED' })
})

test('an archive that is destroyed ends its git', async () => {
  await writeFile(
    join(work, 'big'),
    Buffer.alloc(5_000_000).map((_, index) => (index * 7919) % 251),
  )
  await commitAll(work, 'big')
  await whilePushing(async (repository, oid, signal) => {
    const archive = repository.archive(oid, signal)
    const closed = new Promise((resolve) => archive.once('close', resolve))
    archive.once('data', () => archive.destroy())
    await closed
  })
})

test('a push from a shallow clone that lacks history is told before git would, a complete one is not', async () => {
  await commitAll(work, 'two')
  await commitAll(work, 'three')
  await server.git(['push', server.url('blog'), 'main'], { cwd: work })
  await server.git(['clone', '-q', '--depth', '1', server.url('blog'), 'shallow'])
  const shallow = join(server.folder, 'shallow')
  await commitAll(shallow, 'on top')
  // The server has what the clone lacks.
  expect(await whilePushing((repository, oid) => repository.lacksHistory(oid), { from: shallow })).toBe(false)

  // Another history, of which only the last commit is sent.
  const other = await server.workTree('other')
  await commitAll(other, 'o2')
  await commitAll(other, 'o3')
  await run('git', ['clone', '-q', '--depth', '1', `file://${other}`, 'cut'], {
    cwd: server.folder,
    env: testEnvironment(server.folder),
  })
  const cut = join(server.folder, 'cut')
  expect(
    await whilePushing((repository, oid) => repository.lacksHistory(oid), { from: cut, refspec: 'main:cut' }),
  ).toBe(true)
})

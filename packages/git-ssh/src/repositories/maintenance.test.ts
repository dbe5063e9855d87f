import { execFileSync } from 'node:child_process'
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  commitAll,
  realClock,
  recordingLogger,
  startTestServer,
  until,
  type TestServer,
} from '../test-server.test.kit.ts'
import { RepositoryStore } from './repository-store.ts'

let server: TestServer

beforeEach(async () => {
  server = await startTestServer()
})
afterEach(() => server.stop())

test('many small packs become few, after a push and without anybody’s help', async () => {
  const work = await server.workTree()
  const packs = async () =>
    (await readdir(join(server.store.path('blog'), 'objects', 'pack'))).filter((name) => name.endsWith('.pack'))
  await server.git(['push', '-q', server.url('blog'), 'main'], { cwd: work })
  for (let commit = 0; commit < 40; commit += 1) {
    const oid = await commitAll(work, String(commit))
    const target = join(server.store.path('blog'), 'objects', 'pack', 'pack')
    execFileSync('git', ['pack-objects', '-q', target], { cwd: work, input: `${oid}\n` })
  }
  expect(await packs()).toHaveLength(40)
  expect((await server.git(['push', '-q', server.url('blog'), 'main'], { cwd: work })).code).toBe(0)
  await until(async () => (await packs()).length < 5, 'the packs are put together')
  expect(await server.repositories.log('blog', 'main')).toHaveLength(41)
})

test('what a killed git left is cleared at the start, and nothing else', async () => {
  const work = await server.workTree()
  await server.git(['push', '-q', server.url('blog'), 'main', 'main:feature/x'], { cwd: work })
  const path = server.store.path('blog')
  await mkdir(join(path, 'objects', 'tmp_objdir-incoming-abc', 'pack'), { recursive: true })
  await writeFile(join(path, 'objects', 'tmp_objdir-incoming-abc', 'pack', 'tmp_pack_1'), 'x')
  await writeFile(join(path, 'refs', 'heads', 'main.lock'), '')
  await writeFile(join(path, 'refs', 'heads', 'feature', 'x.lock'), '')
  await writeFile(join(path, 'packed-refs.lock'), '')
  await mkdir(join(path, '..', '.deleted-shop-1-1', 'objects'), { recursive: true })
  await commitAll(work, 'second')
  expect((await server.git(['push', server.url('blog'), 'main'], { cwd: work })).code).not.toBe(0)

  await new RepositoryStore(join(path, '..'), { clock: realClock, logger: recordingLogger([]) }).prepare()
  expect(await server.quarantines('blog')).toEqual([])
  await expect(stat(join(path, '..', '.deleted-shop-1-1'))).rejects.toThrow('ENOENT')
  expect((await server.git(['push', server.url('blog'), 'main', 'main:feature/x'], { cwd: work })).code).toBe(0)
})

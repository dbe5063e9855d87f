import { existsSync } from 'node:fs'
import { cp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Webspace } from '@webspaces/core'
import { run, startTestServer, testEnvironment, type TestServer, until, webspace } from '../test-server.test.kit.ts'

let server: TestServer
let work: string
let oid: string

beforeEach(async () => {
  server = await startTestServer()
  work = await server.workTree()
  expect((await server.git(['push', server.url('blog'), 'main'], { cwd: work })).code).toBe(0)
  oid = (await git(work, 'rev-parse', 'HEAD')).stdout.trim()
})
afterEach(() => server.stop())

const git = (cwd: string, ...args: string[]) => run('git', args, { cwd, env: testEnvironment(server.folder) })
const folder = (): string => join(server.folder, 'repositories')
const retained = (): Promise<string[]> => readdir(join(folder(), '.retained')).catch(() => [])
const mark = async (): Promise<unknown> =>
  JSON.parse(await readFile(join(server.store.path('blog'), 'webspaces-owner.json'), 'utf8'))

/** What one who may read the blog sees of it. */
async function seenBy(name: 'alice' | 'bob'): Promise<string> {
  const { code, stdout, stderr } = await server.git(['ls-remote', server.url('blog')], { key: server.keys[name].file })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout
}

/** The Webspace goes, without anybody to see to its repository, and another one gets its name. */
async function remade(customer: string): Promise<void> {
  await server.cluster.delete(Webspace, { name: 'blog' })
  const { metadata } = await server.cluster.create(Webspace, webspace('blog', customer))
  await until(() => server.caches.webspaces.get('blog')?.metadata.uid === metadata.uid, 'the new one is seen')
}

async function movedTo(customer: string): Promise<void> {
  await server.cluster.patch(Webspace, { name: 'blog' }, { spec: { customer } })
  await until(() => server.caches.webspaces.get('blog')?.spec.customer === customer, 'the change is seen')
}

test('another customer who gets the name is served nothing of it, and nothing of it is lost', async () => {
  await remade('bob')
  expect(await seenBy('bob')).toBe('')
  const [place = '', ...others] = await retained()
  expect(others).toEqual([])
  expect((await git(join(folder(), '.retained', place), 'rev-parse', 'main')).stdout.trim()).toBe(oid)
  expect(server.logs).toContainEqual({
    level: 'warn',
    message: 'repository of another customer moved aside',
    fields: { webspace: 'blog', customer: 'alice', retained: `.retained/${place}` },
  })

  const push = await server.git(['push', server.url('blog'), 'main:theirs'], { cwd: work, key: server.keys.bob.file })
  expect(push.code).toBe(0)
  expect(await seenBy('bob')).toBe(`${oid}\trefs/heads/theirs\n`)
  expect(await retained()).toHaveLength(1)
})

test('the same customer finds it again under a new Webspace, as after a restored backup', async () => {
  const former = await mark()
  await remade('alice')
  expect(await seenBy('alice')).toContain(`${oid}\trefs/heads/main`)
  expect(await mark()).toEqual({ uid: server.caches.webspaces.get('blog')?.metadata.uid, customer: 'alice' })
  expect(await mark()).not.toEqual(former)
  expect(await retained()).toEqual([])
})

test('a Webspace that moves to another customer takes its code along, and the former one does not get it back', async () => {
  await movedTo('bob')
  expect(await seenBy('bob')).toContain(`${oid}\trefs/heads/main`)
  await remade('alice')
  expect(await seenBy('alice')).toBe('')
  expect(await retained()).toHaveLength(1)
})

test('one that nobody has marked is taken over, and is its owner’s from then on', async () => {
  await rm(join(server.store.path('blog'), 'webspaces-owner.json'))
  await remade('bob')
  expect(await seenBy('bob')).toContain(`${oid}\trefs/heads/main`)
  expect(await mark()).toMatchObject({ customer: 'bob' })
  expect(await retained()).toEqual([])
})

test('one that was retained and put back is whoever’s has a Webspace of its name', async () => {
  await server.repositories.retain('blog')
  const [place = ''] = await retained()
  await rename(join(folder(), '.retained', place), server.store.path('blog'))
  await remade('bob')
  expect(await seenBy('bob')).toContain(`${oid}\trefs/heads/main`)
})

test('one that is put back from a backup of the folder is found by the same Webspace, and by no other customer', async () => {
  const backup = join(server.folder, 'backup.git')
  await cp(server.store.path('blog'), backup, { recursive: true })
  await server.repositories.delete('blog')
  await cp(backup, server.store.path('blog'), { recursive: true })
  expect(await seenBy('alice')).toContain(`${oid}\trefs/heads/main`)

  await server.repositories.delete('blog')
  await remade('bob')
  await cp(backup, server.store.path('blog'), { recursive: true })
  expect(await seenBy('bob')).toBe('')
})

test('without an owner, as by a backend, it stays whose it is', async () => {
  const before = await mark()
  await server.repositories.ensure('blog', 'live')
  expect(await mark()).toEqual(before)
})

test('a mark that says nothing is told of, and served to nobody', async () => {
  for (const content of ['', '{}', '{"uid":1,"customer":"bob"}']) {
    await writeFile(join(server.store.path('blog'), 'webspaces-owner.json'), content)
    const { code, stderr } = await server.git(['ls-remote', server.url('blog')])
    expect(code).toBe(128)
    expect(stderr).toContain('WS_INTERNAL')
  }
  expect(server.logs.filter(({ message }) => message === 'command failed')).toHaveLength(3)
})

test('what was asked for first is done first: an owner of before never moves what is the next one’s', async () => {
  const alice = { uid: 'a', customer: 'alice' }
  const bob = { uid: 'b', customer: 'bob' }
  const steps = Array.from({ length: 10 }, () => server.repositories.ensure('new', 'main', alice))
  await Promise.all([...steps, server.repositories.ensure('new', 'main', bob)])
  expect(JSON.parse(await readFile(join(server.store.path('new'), 'webspaces-owner.json'), 'utf8'))).toEqual(bob)
  expect(await retained()).toHaveLength(1)
  await Promise.all([server.repositories.ensure('new', 'main', bob), server.repositories.delete('new')])
  expect(existsSync(server.store.path('new'))).toBe(false)
})

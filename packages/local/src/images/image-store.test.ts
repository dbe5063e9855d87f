import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ImageStore } from './image-store.ts'
import { imageReference, type Image } from './image.ts'

let dir: string
beforeEach(async () => void (dir = await mkdtemp(join(tmpdir(), 'webspaces-images-'))))
afterEach(() => rm(dir, { recursive: true, force: true }))

function image(digit: string, buildKey: string, created = '2030-01-01T00:00:00.000Z'): Image {
  const reference = imageReference('blog', digit.repeat(64))
  return { version: 1, image: reference, buildKey, webspace: 'blog', start: 'node .', env: {}, port: 3000, created }
}

async function add(store: ImageStore, what: Image): Promise<void> {
  const scratch = await store.scratch('build')
  await mkdir(join(scratch, 'app'))
  await writeFile(join(scratch, 'app', 'index.html'), 'hello')
  await store.add(what, scratch)
}

test('an image is there for its reference and its build key, also after a restart', async () => {
  await add(new ImageStore(dir), image('a', 'key'))
  const store = new ImageStore(dir)
  const found = await store.read(image('a', 'key').image)
  expect(found?.image).toEqual(image('a', 'key'))
  expect(await readFile(join(found?.folder ?? '', 'index.html'), 'utf8')).toBe('hello')
  expect(await store.has('key')).toBe(image('a', 'key').image)
  expect(await store.has('other')).toBeUndefined()
  expect(await readdir(join(dir, 'tmp'))).toEqual([])
})

test('of several images with one key the newest is taken that is still whole', async () => {
  const store = new ImageStore(dir)
  await add(store, image('a', 'key', '2030-01-02T00:00:00.000Z'))
  await add(store, image('b', 'key', '2030-01-01T00:00:00.000Z'))
  expect(await store.has('key')).toBe(image('a', 'key').image)
  await rm(join(dir, 'images', 'a'.repeat(64)), { recursive: true })
  expect(await store.has('key')).toBe(image('b', 'key').image)
})

test('a removed image is gone, and says what it took', async () => {
  const store = new ImageStore(dir)
  await add(store, image('a', 'key'))
  expect(await store.remove(image('a', 'key').image)).toBeGreaterThan(5)
  expect(await store.remove(image('a', 'key').image)).toBe(0)
  expect(await store.read(image('a', 'key').image)).toBeUndefined()
  expect(await new ImageStore(dir).list()).toEqual([])
})

test('an image is used until the last of its users has ended', () => {
  const store = new ImageStore(dir)
  const { image: reference } = image('a', 'key')
  const ends = [store.use(reference), store.use(reference)]
  const used = ends.map((end) => (end(), store.isUsed(reference)))
  expect(used).toEqual([true, false])
})

test('half-made images and broken ones are not seen, and the former are swept', async () => {
  const store = new ImageStore(dir)
  await add(store, image('a', 'key'))
  await mkdir(join(dir, 'images', 'b'.repeat(64), 'app'), { recursive: true })
  await writeFile(join(dir, 'images', 'b'.repeat(64), 'image.json'), '{"version": 1,')
  await store.scratch('build')
  const restarted = new ImageStore(dir)
  await restarted.sweep()
  expect((await restarted.list()).map(({ buildKey }) => buildKey)).toEqual(['key'])
  await expect(readdir(join(dir, 'tmp'))).rejects.toThrow('ENOENT')
})

test('a reference of another kind is never looked up as a path', async () => {
  const store = new ImageStore(dir)
  for (const reference of ['nginx', '../x', `local/../x@sha256:${'a'.repeat(64)}`, 'local/blog@sha256:../../etc']) {
    await expect(store.read(reference)).rejects.toMatchObject({ code: 'WS_LOCAL_IMAGE' })
  }
})

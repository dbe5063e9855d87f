import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pack, type Header } from 'tar-stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { unpack } from './unpack.ts'

let dir: string
let app: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'webspaces-unpack-'))
  app = join(dir, 'app')
  await mkdir(app)
})
afterEach(() => rm(dir, { recursive: true, force: true }))

type Entry = Partial<Header> & { readonly name: string; readonly content?: string }

function extractAll(entries: readonly Entry[], maxBytes = 1e6): Promise<void> {
  const archive = pack()
  for (const { content, ...header } of entries) {
    if (content === undefined) archive.entry(header)
    else archive.entry(header, content)
  }
  archive.finalize()
  return unpack(archive as unknown as Readable, app, maxBytes, new AbortController().signal)
}

const link = (name: string, linkname: string): Entry => ({ name, type: 'symlink', linkname })

test('files, folders, modes and links come out as they went in', async () => {
  await extractAll([
    { name: 'bin/', type: 'directory' },
    { name: 'bin/run', mode: 0o755, content: '#!/bin/sh' },
    { name: 'a/b/c.txt', mode: 0o644, content: 'deep' },
    link('a/b/link', '../../bin/run'),
    link('dangling', 'not/there'),
  ])
  expect(await readFile(join(app, 'a/b/c.txt'), 'utf8')).toBe('deep')
  expect((await stat(join(app, 'bin/run'))).mode & 0o777).toBe(0o755)
  expect(await readlink(join(app, 'a/b/link'))).toBe('../../bin/run')
  expect((await lstat(join(app, 'dangling'))).isSymbolicLink()).toBe(true)
})

describe('an archive that reaches out of its folder is refused:', () => {
  const hostile: Readonly<Record<string, readonly Entry[]>> = {
    'a path upwards': [{ name: '../evil', content: 'x' }],
    'a path upwards from within': [{ name: 'a/../../evil', content: 'x' }],
    'an absolute path': [{ name: '/tmp/webspaces-evil', content: 'x' }],
    'a link upwards': [link('evil', '../outside')],
    'an absolute link': [link('evil', '/etc')],
    'a link that goes down and up again': [link('in', '.'), link('evil', 'in/../../outside')],
    'a file through a link': [link('evil', 'folder'), { name: 'evil/file', content: 'x' }],
    'a link through a link': [{ name: 'a/b/c', content: '' }, link('evil', 'a/b'), link('evil/up', '../..')],
    'a hard link': [{ name: 'evil', type: 'link', linkname: '/etc/passwd' }],
    'a device': [{ name: 'evil', type: 'character-device', devmajor: 1, devminor: 3 }],
    'a pipe': [{ name: 'evil', type: 'fifo' }],
    'a file that is there already': [
      { name: 'a', content: '1' },
      { name: 'a', content: '2' },
    ],
    'a file in the place of a folder': [
      { name: 'a/b', content: '1' },
      { name: 'a', content: '2' },
    ],
  }
  for (const [name, entries] of Object.entries(hostile)) {
    test(name, async () => {
      await expect(extractAll(entries)).rejects.toMatchObject({ code: 'WS_LOCAL_UNSAFE_PATH' })
      expect(await readdir(dir)).toEqual(['app'])
    })
  }
})

test('a tree over its limit is refused while it is read', async () => {
  const entries = [
    { name: 'a', content: 'x'.repeat(600) },
    { name: 'b', content: 'x'.repeat(600) },
  ]
  await expect(extractAll(entries, 1000)).rejects.toMatchObject({ code: 'WS_PUSH_TOO_LARGE' })
  expect(await readdir(app)).toEqual(['a'])
})

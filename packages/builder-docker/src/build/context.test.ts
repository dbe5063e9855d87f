import { Readable } from 'node:stream'
import { extract, pack, type Header } from 'tar-stream'
import { describe, expect, test } from 'vitest'
import { BuildContext, readDockerIgnore, type ContextOptions } from './context.ts'
import { DockerIgnore } from './dockerignore.ts'

type EntryOf = Partial<Header> & { readonly name: string; readonly content?: string }

function tarOf(entries: readonly EntryOf[]): () => Readable {
  return () => {
    const archive = pack()
    for (const { content, ...header } of entries) {
      if (content === undefined) archive.entry(header)
      else archive.entry(header, content)
    }
    archive.finalize()
    return Readable.from(archive as AsyncIterable<Uint8Array>, { objectMode: false })
  }
}

/** What a daemon would unpack: path → content, or what else is there. */
async function sent(entries: readonly EntryOf[], overrides: Partial<ContextOptions> = {}): Promise<object> {
  const source = tarOf(entries)
  const options = { source, dockerfile: 'FROM x', files: {}, ignore: undefined, maxBytes: 1e6, ...overrides }
  const context = new BuildContext(options)
  const archive = extract()
  const found: Record<string, string> = {}
  const reading = (async () => {
    for await (const chunk of context.stream) archive.write(chunk)
    archive.end(null)
  })().catch((error: unknown) => archive.destroy(error as Error))
  try {
    for await (const entry of archive) {
      const chunks: Buffer[] = []
      for await (const chunk of entry) chunks.push(chunk as Buffer)
      const { type, linkname, name, mode } = entry.header
      const content = Buffer.concat(chunks).toString()
      found[name] =
        type === 'symlink' ? `-> ${linkname}` : type === 'directory' ? '/' : content + (mode & 0o100 ? '*' : '')
    }
  } catch (error) {
    throw context.error ?? error
  }
  await reading
  return found
}

test('the tree goes through as it is, with the Dockerfile', async () => {
  const entries: EntryOf[] = [
    { name: 'bin/', type: 'directory' },
    { name: 'bin/run', mode: 0o755, content: '#!/bin/sh' },
    { name: 'env', type: 'symlink', linkname: '/usr/bin/env' },
    { name: `${'deep/'.repeat(40)}file`, content: 'x' },
    { name: 'empty', content: '' },
  ]
  expect(await sent(entries)).toEqual({
    ...{ bin: '/', 'bin/run': '#!/bin/sh*', env: '-> /usr/bin/env', [`${'deep/'.repeat(40)}file`]: 'x', empty: '' },
    Dockerfile: 'FROM x',
  })
})

test('what was pushed is never replaced', async () => {
  const entries = [
    { name: 'Dockerfile', content: 'FROM mine' },
    { name: 'a', content: 'mine' },
  ]
  const files = { a: 'ours', 'b/c': 'ours' }
  expect(await sent(entries, { files })).toEqual({ Dockerfile: 'FROM mine', a: 'mine', 'b/c': 'ours' })
})

test('what .dockerignore names stays behind, and still counts as pushed', async () => {
  const entries = [
    { name: 'a', content: '1' },
    { name: 'b', content: '2' },
  ]
  const found = await sent(entries, { ignore: new DockerIgnore('a'), files: { a: 'ours' } })
  expect(found).toEqual({ b: '2', Dockerfile: 'FROM x' })
})

describe('a tree is refused with', () => {
  const hostile: Readonly<Record<string, EntryOf>> = {
    'a path upwards': { name: '../evil', content: 'x' },
    'a path upwards from within': { name: 'a/../../evil', content: 'x' },
    'a path without end': { name: 'a/'.repeat(2100) + 'b', content: 'x' },
    'an absolute path': { name: '/etc/passwd', content: 'x' },
    'a relative link out of the tree': { name: 'a/link', type: 'symlink', linkname: '../../etc' },
    'a hard link': { name: 'a', type: 'link', linkname: '/etc/passwd' },
    'a device': { name: 'a', type: 'character-device', devmajor: 1, devminor: 3 },
    'a pipe': { name: 'a', type: 'fifo' },
    'a folder called Dockerfile': { name: 'Dockerfile/', type: 'directory' },
  }
  test.each(Object.entries(hostile))('%s', async (_, entry) => {
    await expect(sent([entry])).rejects.toMatchObject({ code: 'WS_DOCKER_CONTEXT' })
  })

  test('more bytes than it may have, whatever is left out of them', async () => {
    const entries = ['a', 'b'].map((name) => ({ name, content: 'x'.repeat(600) }))
    const limits = { maxBytes: 1000, ignore: new DockerIgnore('b') }
    await expect(sent(entries, limits)).rejects.toMatchObject({ code: 'WS_PUSH_TOO_LARGE' })
  })
})

test('a tree is refused for more entries than it may have, also where they have one name', async () => {
  const archive = pack()
  archive.entry({ name: 'a', type: 'directory' })
  const header = await new Promise<Buffer>((resolve) => archive.once('data', (chunk) => resolve(chunk as Buffer)))
  const block = Buffer.concat(Array.from({ length: 128 }, () => header))
  let blocks = 0
  const source = new Readable({
    read() {
      this.push(++blocks > 2000 ? null : block)
    },
  })
  const limits = { source: () => source, ignore: new DockerIgnore('a') }
  await expect(sent([], limits)).rejects.toMatchObject({
    code: 'WS_PUSH_TOO_LARGE',
    message: expect.stringMatching(/entries/) as string,
  })
})

test('a source that is no tar, or breaks off, is an error of the platform', async () => {
  const broken = new Readable({
    read() {
      this.destroy(new Error('git went away'))
    },
  })
  await expect(sent([], { source: () => broken })).rejects.toMatchObject({
    code: 'WS_BUILDER_UNAVAILABLE',
    message: expect.stringContaining('git went away') as string,
  })
})

describe('a context that ends early', () => {
  /** One file without an end. */
  async function endless(): Promise<{ readonly source: Readable; readonly chunks: () => number }> {
    const archive = pack()
    archive.entry({ name: 'large', size: 1e10 })
    const header = await new Promise<Buffer>((resolve) => archive.once('data', (chunk) => resolve(chunk as Buffer)))
    let chunks = 0
    const source = new Readable({
      read() {
        this.push(chunks++ === 0 ? header : Buffer.alloc(65_536))
      },
    })
    return { source, chunks: () => chunks }
  }
  const options = { dockerfile: 'FROM x', files: {}, ignore: undefined, maxBytes: 1e11 }

  test('fetches no more than is read, and ends its source with its reader', async () => {
    const { source, chunks } = await endless()
    const context = new BuildContext({ ...options, source: () => source })
    await new Promise((resolve) => context.stream.once('readable', resolve))
    await expect.poll(chunks).toBeGreaterThan(1)
    // A few buffers' worth.
    expect(chunks()).toBeLessThan(100)
    context.stream.destroy()
    await expect.poll(() => source.destroyed).toBe(true)
  })

  test('tells why, and ends its source, in the middle of a file', async () => {
    const { source } = await endless()
    const context = new BuildContext({ ...options, source: () => source })
    await new Promise((resolve) => context.stream.once('readable', resolve))
    const reason = new Error('superseded')
    context.destroy(reason)
    await expect.poll(() => source.destroyed).toBe(true)
    expect(context.error).toBe(reason)
  })
})

describe('.dockerignore', () => {
  const { signal } = new AbortController()

  test('is found among the first entries, and nothing after them is read', async () => {
    const source = tarOf([
      { name: '.babelrc', content: '{}' },
      { name: '.dockerignore', content: 'a' },
    ])
    expect((await readDockerIgnore(source, signal))?.ignores('a')).toBe(true)
    const absent = tarOf([
      { name: '.a', content: '' },
      { name: 'a/.dockerignore', content: 'a' },
      { name: '.dockerignore', content: 'a' },
    ])
    expect(await readDockerIgnore(absent, signal)).toBeUndefined()
  })

  test('is refused where it is no file to be read', async () => {
    const source = tarOf([{ name: '.dockerignore', content: 'x'.repeat(70_000) }])
    await expect(readDockerIgnore(source, signal)).rejects.toMatchObject({ code: 'WS_DOCKER_DOCKERFILE' })
  })
})

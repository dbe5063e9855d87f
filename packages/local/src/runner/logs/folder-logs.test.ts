import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LogLine, LogQuery } from '@webspaces/core'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { FolderLogs } from './folder-logs.ts'

let dir: string
let logs: FolderLogs
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'webspaces-logs-'))
  logs = new FolderLogs(dir)
})
afterEach(async () => {
  await logs.close()
  await rm(dir, { recursive: true, force: true })
})

const query = { namespace: 'customer-acme', deployment: 'blog', tail: 100, follow: false }

function say(text: string, release = 'blog-1', source = 'blog-abcde'): void {
  logs.append('customer-acme', 'blog', { source, release, text })
}

/** As another process reads them: through an object of its own. */
async function read(options: Partial<LogQuery> = {}): Promise<LogLine[]> {
  const lines: LogLine[] = []
  const { signal } = new AbortController()
  for await (const line of new FolderLogs(dir).lines({ ...query, ...options }, signal)) lines.push(line)
  return lines
}

const texts = async (options: Partial<LogQuery> = {}): Promise<string[]> =>
  (await read(options)).map(({ text }) => text)

test('the last lines come oldest first, with the name of the process', async () => {
  for (const text of ['one', 'two\twith a tab', 'three']) say(text)
  await logs.close()
  expect(await read({ tail: 2 })).toEqual([
    { source: 'blog-abcde', text: 'two\twith a tab' },
    { source: 'blog-abcde', text: 'three' },
  ])
})

test('lines can be had of one Release only', async () => {
  say('old', 'blog-1')
  say('new', 'blog-2')
  await logs.close()
  expect(await texts({ release: 'blog-2' })).toEqual(['new'])
})

test('without processes there are no lines, and a name is never a path', async () => {
  expect(await texts()).toEqual([])
  say('secret')
  await logs.close()
  expect(await texts({ namespace: '..', deployment: 'logs/customer-acme/blog' })).toEqual([])
  expect(await texts({ namespace: 'customer-acme', deployment: '../customer-acme/blog' })).toEqual([])
})

test('following shows what is there, then every new line, also over a change of files', async () => {
  say('before')
  const stop = new AbortController()
  const seen: string[] = []
  const following = (async () => {
    for await (const { text } of new FolderLogs(dir).lines({ ...query, follow: true }, stop.signal)) seen.push(text)
  })()
  await vi.waitFor(() => expect(seen).toEqual(['before']), 10_000)
  const lines = Array.from({ length: 1600 }, (_, index) => `${index} ${'x'.repeat(1000)}`)
  for (let from = 0; from < lines.length; from += 400) {
    for (const line of lines.slice(from, from + 400)) say(line)
    await vi.waitFor(() => expect(seen).toHaveLength(1 + from + 400), 10_000)
  }
  expect(seen.slice(1)).toEqual(lines)
  stop.abort()
  await following
})

test('two bounded files are kept, and lines that the disk is too slow for are counted', async () => {
  const line = 'x'.repeat(1000)
  for (let count = 0; count < 3000; count++) say(line)
  await logs.close()
  expect((await texts()).at(-1)).toMatch(/^[0-9]+ lines were dropped/)
  for (let round = 0; round < 5; round++) {
    for (let count = 0; count < 400; count++) say(line)
    await logs.close()
  }
  const folder = join(dir, 'logs', 'customer-acme', 'blog')
  expect((await readdir(folder)).toSorted()).toEqual(['log', 'log.1'])
  for (const file of await readdir(folder))
    expect((await stat(join(folder, file))).size).toBeLessThanOrEqual(1024 * 1024)
})

test('what a Deployment wrote can be removed', async () => {
  say('one')
  await logs.close()
  expect(await logs.deployments()).toEqual(['customer-acme/blog'])
  await logs.remove('customer-acme', 'blog')
  expect(await texts()).toEqual([])
})

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { recordingLogger, type LoggedLine } from '../test-server.test.kit.ts'
import { FolderClaim } from './folder-claim.ts'

let folder: string
let logs: LoggedLine[]

beforeEach(async () => {
  logs = []
  folder = await mkdtemp(join(tmpdir(), 'webspaces-claim-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const claim = (on = folder): FolderClaim => new FolderClaim(on, recordingLogger(logs))

/** Another process that has claimed the folder. */
async function otherProcess(): Promise<{ readonly kill: () => Promise<unknown> }> {
  const script = join(folder, 'other.mjs')
  await writeFile(
    script,
    `import { createServer } from 'node:net'
     createServer().listen(process.argv[2], () => process.send('listening'))`,
  )
  const child = fork(script, [join(folder, '.served-other')], { execArgv: [] })
  await once(child, 'message')
  return {
    kill: async () => {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

test('a second git server is refused as long as the first is there', async () => {
  const first = claim()
  await first.take()
  await expect(claim().take()).rejects.toMatchObject({
    code: 'WS_START_FAILED',
    message: `another git server works on the repositories in ${folder}`,
    remedy: expect.stringMatching(/listens on \.served-[-0-9a-f]{36}\./) as unknown,
  })
  await expect(claim().take()).rejects.toMatchObject({ code: 'WS_START_FAILED' })
  await first.release()

  const third = claim()
  await third.take()
  expect((await readdir(folder)).filter((entry) => entry.startsWith('.served-'))).toHaveLength(1)
  await third.release()
})

test('another process has it until it ends, and nothing that a killed one left is in the way', async () => {
  const other = await otherProcess()
  await expect(claim().take()).rejects.toMatchObject({ code: 'WS_START_FAILED' })
  await other.kill()
  expect(await readdir(folder)).toContain('.served-other')

  const next = claim()
  await next.take()
  expect(await readdir(folder)).not.toContain('.served-other')
  await next.release()
  expect(await readdir(folder)).toEqual(['other.mjs'])
})

test('of several that start at one time, no two go on', async () => {
  for (let round = 0; round < 20; round += 1) {
    const claims = Array.from({ length: 4 }, () => claim())
    const taken = await Promise.allSettled(claims.map((one) => one.take()))
    expect(taken.filter(({ status }) => status === 'fulfilled').length).toBeLessThanOrEqual(1)
    await Promise.all(claims.map((one) => one.release()))
  }
  expect(logs).toEqual([])
})

test('a folder may have a longer path than a socket, and be made by this', async () => {
  const deep = join(folder, 'd'.repeat(100), 'e'.repeat(100))
  const first = claim(deep)
  await first.take()
  await expect(claim(deep).take()).rejects.toMatchObject({ code: 'WS_START_FAILED' })
  await first.release()
  expect(await readdir(deep)).toEqual([])
  expect(logs).toEqual([])
})

test('where no socket can be made, the start goes on and says so', async () => {
  // Stands for a file system without sockets: there is no directory of this kind that takes one.
  const claimed = claim('/proc/self/fdinfo')
  await claimed.take()
  expect(logs).toMatchObject([{ level: 'warn', message: 'folder of repositories could not be claimed' }])
  await claimed.release()
})

test('what only looks like a claim is in nobody’s way', async () => {
  await writeFile(join(folder, '.served-file'), '')
  await mkdir(join(folder, 'blog.git'))
  const claimed = claim()
  await claimed.take()
  expect(await readdir(folder)).toContain('blog.git')
  await claimed.release()
})

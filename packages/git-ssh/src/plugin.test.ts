import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  ADDRESSING,
  BUILDER,
  CLUSTER,
  createDistribution,
  GIT_SERVER,
  LOGS,
  type Plugin,
  REPOSITORIES,
} from '@webspaces/core'
import { memoryCluster } from '@webspaces/core/testing'
import { sshGitServer } from './plugin.ts'
import { type LoggedLine, realClock, recordingLogger } from './test-server.test.kit.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'webspaces-plugin-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** The contracts that the git server needs, and that nothing here calls. */
const surroundings: Plugin = {
  name: 'surroundings',
  contractVersion: 1,
  register(container) {
    container.provide(CLUSTER, { useFactory: () => memoryCluster() })
    container.provide(BUILDER, {
      useValue: {
        buildsDockerfiles: true,
        has: () => Promise.resolve(undefined),
        build: () => Promise.reject(new Error('not here')),
        prune: () => Promise.resolve({ removed: 0, bytes: 0, left: new Set() }),
      },
    })
    container.provide(LOGS, { useValue: { lines: () => ReadableStream.from([]) } })
    container.provide(ADDRESSING, {
      useValue: { defaultDomain: (name) => name, siteUrl: (host) => host, cloneUrl: (name) => name },
    })
  },
}

function distribution(port: number) {
  const logs: LoggedLine[] = []
  const plugin = sshGitServer({
    host: '127.0.0.1',
    port,
    repositories: join(folder, 'repositories'),
    hostKey: join(folder, 'ssh', 'key'),
  })
  return createDistribution({
    plugins: [surroundings, plugin],
    clock: realClock,
    newId: randomUUID,
    logger: recordingLogger(logs),
  })
}

test('in a distribution it listens, offers repositories, and stops', async () => {
  const platform = distribution(0)
  expect(platform.resolve(GIT_SERVER).address).toBeUndefined()
  await platform.start()
  expect(platform.resolve(GIT_SERVER).address).toMatchObject({ host: '127.0.0.1', port: expect.any(Number) as number })
  await platform.resolve(REPOSITORIES).ensure('blog', 'main')
  expect(await platform.resolve(REPOSITORIES).list()).toEqual(['blog'])
  await platform.stop()
  expect(platform.resolve(GIT_SERVER).address).toBeUndefined()
})

test('a second one on the same repositories does not start, and touches nothing', async () => {
  const [first, second] = [distribution(0), distribution(0)]
  await first.start()
  await first.resolve(REPOSITORIES).ensure('blog', 'main')
  const quarantine = join(folder, 'repositories', 'blog.git', 'objects', 'tmp_objdir-incoming-abc')
  await mkdir(quarantine, { recursive: true })
  await expect(second.start()).rejects.toMatchObject({
    code: 'WS_START_FAILED',
    message: expect.stringContaining('another git server works on the repositories') as unknown,
  })
  expect(existsSync(quarantine)).toBe(true)
  await first.stop()
  const third = distribution(0)
  await third.start()
  expect(existsSync(quarantine)).toBe(false)
  await third.stop()
})

test('a port that is taken stops the start with the port and the reason', async () => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const { port } = other.address() as AddressInfo
  await expect(distribution(port).start()).rejects.toMatchObject({
    code: 'WS_START_FAILED',
    message: expect.stringContaining(`127.0.0.1 port ${port}: the port is in use`) as unknown,
  })
  other.close()
})

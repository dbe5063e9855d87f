import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import type { BuildRequest } from '@webspaces/core'
import { afterEach, expect, test } from 'vitest'
import { Daemon } from '../daemon/daemon.ts'
import { DaemonLost } from '../daemon/daemon-lost.ts'
import { clock } from '../docker.test.kit.ts'
import { runBuild } from './run-build.ts'

const servers: Server[] = []
afterEach(() => servers.splice(0).forEach((server) => server.close()))

/** On a daemon that answers every build so. */
async function build(status: number, message: string): Promise<unknown> {
  const server = createServer((request, response) => {
    const isBuild = request.url?.startsWith('/build') === true
    request.resume().on('end', () => {
      response.writeHead(isBuild ? status : 200, { 'content-type': 'application/json' })
      response.end(JSON.stringify(isBuild ? { message } : { SystemTime: '2026-01-01T00:00:00.123456789Z' }))
    })
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const daemon = new Daemon({ url: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}` })
  const request = {
    ...{ webspace: 'blog', dockerfile: 'FROM x', source: () => Readable.from([Buffer.alloc(1024)]) },
    limits: { timeMs: 10_000, contextBytes: 1e6, outputBytes: 1e6 },
  } as unknown as BuildRequest
  const settings = { buildArgs: {}, pull: false, network: undefined }
  const io = { signal: new AbortController().signal, log: () => undefined }
  return await runBuild(daemon, { request, settings, ignore: undefined, tag: 'a:1', kind: 'classic' }, io, clock).catch(
    (error: unknown) => error,
  )
}

test.each([
  [500, 'layer does not exist'],
  [500, 'open /var/lib/docker/tmp: no space left on device'],
  [503, 'the daemon is shutting down'],
])('a daemon that answers %i and %j is lost, and the next one may build', async (status, words) => {
  const error = await build(status, words)
  expect(error).toBeInstanceOf(DaemonLost)
  expect(error).toMatchObject({ message: expect.stringContaining(words) as string })
})

test.each([
  [400, 'dockerfile parse error line 2: unknown instruction: RUNN', 'WS_DOCKER_DOCKERFILE'],
  [500, 'dockerfile parse error line 2: unknown instruction: RUNN', 'WS_DOCKER_DOCKERFILE'],
  [500, 'failed to solve: process "/bin/sh -c false" did not complete successfully: exit code: 1', 'WS_BUILD_FAILED'],
  [400, 'something that is new', 'WS_BUILD_FAILED'],
])('a build that is answered with %i and %j has failed', async (status, words, code) => {
  expect(await build(status, words)).toMatchObject({ code })
})

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { Daemon } from '../daemon/daemon.ts'
import { DaemonLost } from '../daemon/daemon-lost.ts'
import { pushError, pushImage } from './push-image.ts'

// The messages are those of dockerd 20.10.
test.each([
  ['unauthorized: authentication required', 'WS_REGISTRY_REFUSED'],
  ['no basic auth credentials', 'WS_REGISTRY_REFUSED'],
  ['denied: requested access to the resource is denied', 'WS_REGISTRY_REFUSED'],
  ['Get "http://127.0.0.1:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused', 'WS_REGISTRY_UNAVAILABLE'],
  ['http: server gave HTTP response to HTTPS client', 'WS_REGISTRY_UNAVAILABLE'],
  ['received unexpected HTTP status: 503 Service Unavailable', 'WS_REGISTRY_UNAVAILABLE'],
])('a push that ends with %j is told apart', (words, code) => {
  expect(pushError(words)).toMatchObject({ code, message: expect.stringContaining(words) as string })
})

const servers: Server[] = []
afterEach(() => servers.splice(0).forEach((server) => server.close()))

/** A daemon that answers so where the path ends so, and all else with success. */
async function pushTo(end: string, status: number, message: string): Promise<string> {
  const server = createServer(({ url = '' }, response) => {
    const fails = url.split('?')[0]?.endsWith(end) === true
    response.writeHead(fails ? status : 201, { 'content-type': 'application/json' })
    response.end(JSON.stringify(fails ? { message } : {}))
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const daemon = new Daemon({ url: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}` })
  return await pushImage(daemon, 'abc', { name: 'r.example/blog', tag: '1' }, undefined, new AbortController())
}

test.each([
  ['/tag', 404, 'No such image: abc'],
  ['/tag', 500, 'layer does not exist'],
  ['/push', 404, 'An image does not exist locally with the tag: r.example/blog'],
  ['/push', 500, 'open /var/lib/docker: input/output error'],
])('%s answered with %i and %j is the daemon, not the registry', async (end, status, message) => {
  const error = await pushTo(end, status, message).catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(DaemonLost)
  expect(error).toMatchObject({ message: expect.stringContaining(message) as string })
})

test.each([
  ['unauthorized: authentication required', 'WS_REGISTRY_REFUSED'],
  ['Get "https://r.example/v2/": dial tcp: lookup r.example: no such host', 'WS_REGISTRY_UNAVAILABLE'],
])('a push answered with a status and %j is the registry', async (message, code) => {
  await expect(pushTo('/push', 500, message)).rejects.toMatchObject({ code })
})

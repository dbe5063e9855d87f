import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { closedPort, replica, Stage } from './stage.test.kit.ts'

const BROWSER = { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }

test('an unknown host gets a 404 page with the way to the sites, as HTML to browsers and as text to others', async () => {
  const stage = await Stage.start()
  const page = await stage.fetch('nobody.localhost', '/', { headers: BROWSER })
  expect(page.status).toBe(404)
  expect(page.headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' })
  expect(page.body).toContain('nobody.localhost')
  expect(page.body).toContain('WS_SITE_UNKNOWN')
  expect(page.body).toContain(`href="http://127.0.0.1:${stage.port}/"`)

  const plain = await stage.fetch('nobody.localhost', '/', { headers: { Accept: '*/*' } })
  expect(plain.headers['content-type']).toBe('text/plain; charset=utf-8')
  expect(plain.body).toBe(
    'WS_SITE_UNKNOWN: no site of this platform is at nobody.localhost\n' +
      `  Check the address; the sites are listed at http://127.0.0.1:${stage.port}/\n`,
  )
})

test('a site without a ready replica gets a 503 that asks to come again', async () => {
  const stage = await Stage.start({ waitMs: 20 })
  await stage.addSite('blog')
  const page = await stage.fetch('blog.localhost', '/', { headers: BROWSER })
  expect(page.status).toBe(503)
  expect(page.headers).toMatchObject({ 'retry-after': '2', refresh: '2', 'cache-control': 'no-store' })
  expect(page.body).toContain('WS_SITE_STARTING')
  expect((await stage.fetch('blog.localhost')).headers).toMatchObject({ 'retry-after': '2' })
})

test('a site that is stopped says so at once', async () => {
  const stage = await Stage.start({ waitMs: 60_000 })
  await stage.addSite('blog', { replicas: 0 })
  const answer = await stage.fetch('blog.localhost')
  expect(answer.status).toBe(503)
  expect(answer.body).toContain('WS_SITE_STOPPED')
})

test('a site that takes no connections gets a 502', async () => {
  const stage = await Stage.start({ waitMs: 20 })
  await stage.addSite('blog')
  stage.publish('blog', 'a', await closedPort())
  const answer = await stage.fetch('blog.localhost', '/', { headers: BROWSER })
  expect(answer.status).toBe(502)
  expect(answer.body).toContain('WS_SITE_UNREACHABLE')
  await stage.retire('a')
})

test('a site that ends the connection, or speaks no HTTP, gets a 502', async () => {
  const stage = await Stage.start()
  const { port } = await replica((request) => {
    if (request.url === '/reset') request.socket.resetAndDestroy()
    else request.socket.end('SSH-2.0-OpenSSH_9.2\r\n')
  })
  await stage.addSite('blog')
  stage.publish('blog', 'a', port)
  expect((await stage.fetch('blog.localhost', '/reset')).status).toBe(502)
  expect((await stage.fetch('blog.localhost', '/ssh')).status).toBe(502)
  expect((await stage.fetch('blog.localhost', '/reset', { method: 'POST', body: 'x'.repeat(100_000) })).status).toBe(
    502,
  )
  await stage.retire('a')
})

test.each([
  [
    'a change of protocol that nobody asked for',
    502,
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n',
  ],
  ['a status that does not exist', 502, 'HTTP/1.1 099 Odd\r\n\r\n'],
  ['a control character in its reason', 502, 'HTTP/1.1 200 O\u0001K\r\nContent-Length: 0\r\n\r\n'],
  ['a control character in a header', 502, 'HTTP/1.1 200 OK\r\nX: a\u0001b\r\n\r\n'],
  ['two lengths', 502, 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
  ['headers without end', 502, `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(1_000_000)}`],
  [
    'interim answers first',
    200,
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n\r\n',
  ],
  ['bytes outside ASCII', 200, 'HTTP/1.1 200 \u00d6k\r\nX: \u00f6\r\n\r\n'],
  [
    'trailers that look like headers',
    200,
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Transfer-Encoding\r\n\r\n0\r\nTransfer-Encoding: gzip\r\nX: \u00ff\r\n\r\n',
  ],
])('a site that answers with %s gets a %d', async (_what, status, answer) => {
  const stage = await Stage.start()
  const { port } = await replica(({ socket }) => socket.end(answer, 'latin1'))
  await stage.addSite('blog')
  stage.publish('blog', 'a', port)
  expect((await stage.fetch('blog.localhost')).status).toBe(status)
  expect((await stage.fetch('nobody.localhost')).status).toBe(404)
  await stage.retire('a')
})

test('a site that keeps silent gets a 504', async () => {
  const stage = await Stage.start({ idleTimeoutMs: 50 })
  const { port } = await replica(() => undefined)
  await stage.addSite('blog')
  stage.publish('blog', 'a', port)
  const answer = await stage.fetch('blog.localhost')
  expect(answer.status).toBe(504)
  expect(answer.body).toContain('WS_SITE_TIMEOUT')
})

test.each([
  ['no Host', ''],
  ['two Hosts', 'Host: blog.localhost\r\nHost: shop.localhost\r\n'],
  ['an empty Host', 'Host:\r\n'],
  ['a Host with credentials', 'Host: ada@blog.localhost\r\n'],
  ['a Host with a path', 'Host: blog.localhost/../shop\r\n'],
  ['a Host with a blank', 'Host: blog.localhost shop.localhost\r\n'],
  ['a Host with markup', 'Host: <script>alert(1)</script>\r\n'],
  ['a Host with a bad port', 'Host: blog.localhost:99999\r\n'],
  ['a Host that is no address', 'Host: [::1\r\n'],
  ['a long Host', `Host: ${'a.'.repeat(200)}localhost\r\n`],
  ['a Host outside ASCII', 'Host: bl\u00f6g.localhost\r\n'],
  ['both framings', 'Host: blog.localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n'],
  ['two lengths', 'Host: blog.localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n'],
  ['a further transfer coding', 'Host: blog.localhost\r\nTransfer-Encoding: gzip, chunked\r\n'],
  ['a hidden transfer coding', 'Host: blog.localhost\r\nTransfer-Encoding : chunked\r\n'],
  ['a bare line feed', 'Host: blog.localhost\r\nX: a\nContent-Length: 1\r\n'],
])('a request with %s is refused', async (_what, headers) => {
  const stage = await Stage.start()
  let reached = 0
  const { port } = await replica((_request, response) => {
    reached += 1
    response.end()
  })
  await stage.addSite('blog')
  stage.publish('blog', 'a', port)
  expect(await raw(stage, `GET / HTTP/1.1\r\nConnection: close\r\n${headers}\r\n`)).toMatch(/^HTTP\/1\.1 400 /)
  expect(reached).toBe(0)
  expect((await stage.fetch('blog.localhost')).status).toBe(200)
})

test('a proxy request, a tunnel and too many headers are refused', async () => {
  const stage = await Stage.start()
  const host = 'Host: blog.localhost\r\nConnection: close\r\n'
  expect(await raw(stage, `GET http://other.example/ HTTP/1.1\r\n${host}\r\n`)).toMatch(/^HTTP\/1\.1 400 /)
  expect(await raw(stage, `OPTIONS * HTTP/1.1\r\n${host}\r\n`)).toMatch(/^HTTP\/1\.1 400 /)
  expect(await raw(stage, `CONNECT localhost:22 HTTP/1.1\r\n${host}\r\n`)).toBe('')
  expect(await raw(stage, `GET / HTTP/1.1\r\n${host}${`X: ${'x'.repeat(1000)}\r\n`.repeat(40)}\r\n`)).toMatch(
    /^HTTP\/1\.1 431 /,
  )
})

test('no header is lost because there are many', async () => {
  const stage = await Stage.start()
  const { port } = await replica(
    (request, response) => {
      response.writeHead(200, Array.from({ length: 4000 }, () => ['y', '1']).flat())
      response.end(String(request.rawHeaders.filter((name) => name === 'x').length))
    },
    { maxHeaderSize: 128 * 1024, maxHeadersCount: 0 },
  )
  await stage.addSite('blog')
  stage.publish('blog', 'a', port)
  const answer = await raw(
    stage,
    `GET / HTTP/1.1\r\nHost: blog.localhost\r\nConnection: close\r\n${'x: 1\r\n'.repeat(4000)}\r\n`,
  )
  expect(answer).toMatch(/\r\n4000(\r\n|$)/)
  expect(answer.match(/^y: 1\r$/gm)).toHaveLength(4000)
})

test('a client that does not send its headers is cut off', async () => {
  const stage = await Stage.start({ headersTimeoutMs: 100 })
  const socket = connect(stage.port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nHost: blog'))
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 408 /)
})

async function raw(stage: Stage, request: string): Promise<string> {
  const socket = connect(stage.port, '127.0.0.1', () => socket.write(request, 'latin1'))
  return await text(socket).catch(() => '')
}

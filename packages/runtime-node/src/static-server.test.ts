import { once } from 'node:events'
import { Agent, request, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import type { Runtime } from '@webspaces/core'
import { runPlan, runtimesOf, sourceTree, type RunningSite } from '@webspaces/core/testing'
import { symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { nodeRuntime } from './index.ts'

const files = {
  'index.html': '<h1>Home</h1>',
  'about.html': '<h1>About</h1>',
  'docs/index.html': '<h1>Docs</h1>',
  'a b/ü#?.txt': 'odd name',
  'empty.txt': '',
  '.env': 'SECRET=1',
  '.git/config': 'secret',
  '.well-known/security.txt': 'Contact: mailto:me@example.com',
  'package-lock.json': '{}',
  'node_modules/x/index.js': '',
}

let site: RunningSite

async function start(): Promise<RunningSite> {
  const [runtime] = runtimesOf(nodeRuntime()) as [Runtime]
  const inspection = await runtime.inspect(sourceTree(files), {})
  if (inspection.type !== 'fits') throw new Error(JSON.stringify(inspection))
  return runPlan(runtime.plan(inspection.facts, {}), files)
}

beforeAll(async () => {
  site = await start()
  await symlink('/etc/passwd', join(site.folder, 'passwd.txt'))
  await symlink('/etc', join(site.folder, 'etc'))
  await symlink('about.html', join(site.folder, 'link.html'))
})

afterAll(() => site.stop())

const get = (path: string, init?: RequestInit): Promise<Response> =>
  fetch(site.url + path, { redirect: 'manual', ...init })

/** Sends a request line as it stands; fetch would tidy up the path first. */
function raw(requestLine: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(site.url).port), '127.0.0.1')
    let answer = ''
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()))
    socket.on('end', () => {
      resolve(answer)
    })
    socket.on('error', reject)
    socket.write(`${requestLine} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
  })
}

test.each([
  ['/', '<h1>Home</h1>', 'text/html; charset=utf-8'],
  ['/about', '<h1>About</h1>', 'text/html; charset=utf-8'],
  ['/docs/', '<h1>Docs</h1>', 'text/html; charset=utf-8'],
  ['/index.html?x=1', '<h1>Home</h1>', 'text/html; charset=utf-8'],
  ['/a%20b/%C3%BC%23%3F.txt', 'odd name', 'text/plain; charset=utf-8'],
  ['/empty.txt', '', 'text/plain; charset=utf-8'],
  ['/.well-known/security.txt', 'Contact: mailto:me@example.com', 'text/plain; charset=utf-8'],
  ['/link', '<h1>About</h1>', 'text/html; charset=utf-8'],
])('%s is served', async (path, content, type) => {
  const response = await get(path)
  expect([response.status, await response.text(), response.headers.get('content-type')]).toEqual([200, content, type])
  expect(response.headers.get('x-content-type-options')).toBe('nosniff')
})

test.each([
  '/.env',
  '/.git/config',
  '/%2e%65nv',
  '/docs/../.env',
  '/../../../../etc/passwd',
  '/..%2f..%2f..%2f..%2fetc/passwd',
  '/%2e%2e/%2e%2e/%2e%2e/etc/passwd',
  '/..\\..\\etc\\passwd',
  '/docs/%00.html',
  '/%',
  '/passwd.txt',
  '/passwd',
  '/etc/passwd',
  '/package-lock.json',
  '//package-lock.json',
  '/node_modules/x/index.js',
  '/.webspaces/static-server.mjs',
  '/index.html/',
  'http://other/.env',
  '*',
])('%s is not', async (path) => {
  expect(await raw(`GET ${path}`)).toMatch(/^HTTP\/1.1 40[04] /)
})

test('a folder without its slash is led to it, with the query, and never to another host', async () => {
  expect((await get('/docs?a=1')).headers.get('location')).toBe('/docs/?a=1')
  expect(await raw('GET //docs')).toContain('Location: /docs/\r\n')
})

test('HEAD has the headers of GET and no body', async () => {
  const response = await get('/', { method: 'HEAD' })
  expect([response.status, response.headers.get('content-length'), await response.text()]).toEqual([200, '13', ''])
})

test('other methods are refused with those that are allowed', async () => {
  const response = await get('/', { method: 'POST', body: 'x' })
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
})

test('a copy that is still good is not sent again', async () => {
  const first = await get('/')
  const etag = first.headers.get('etag') ?? ''
  const modified = first.headers.get('last-modified') ?? ''
  const statusWith = async (headers: Record<string, string>): Promise<number> => (await get('/', { headers })).status
  expect(await statusWith({ 'if-none-match': etag })).toBe(304)
  expect(await statusWith({ 'if-none-match': `"other", ${etag}` })).toBe(304)
  expect(await statusWith({ 'if-none-match': '"other"', 'if-modified-since': modified })).toBe(200)
  expect(await statusWith({ 'if-modified-since': modified })).toBe(304)
  expect(await statusWith({ 'if-modified-since': 'yesterday' })).toBe(200)
})

test("the site's own 404.html is the answer for what is not there", async () => {
  expect((await get('/gone')).status).toBe(404)
  await writeFile(join(site.folder, '404.html'), '<h1>Nothing here</h1>')
  const response = await get('/gone')
  expect([response.status, await response.text()]).toEqual([404, '<h1>Nothing here</h1>'])
})

/** Asks again and again on one connection until an answer says that it is the last. */
async function askOnOneConnection(url: string, answered: (count: number) => void): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  try {
    for (let count = 1; ; count += 1) {
      const sent = request(url, { agent }).end()
      const [response] = (await once(sent, 'response')) as [IncomingMessage]
      if (count > 1 && !sent.reusedSocket) throw new Error(`the connection was closed after ${count - 1} answers`)
      await once(response.resume(), 'end')
      answered(count)
      if (response.headers.connection === 'close') return
    }
  } finally {
    agent.destroy()
  }
}

test('whoever uses a connection when it is told to end gets an answer to every request', async () => {
  for (const last of [1, 10, 100]) {
    const ending = await start()
    let ended: Promise<number | null> | undefined
    await askOnOneConnection(ending.url, (count) => {
      if (count === last) ended = ending.stop()
    })
    expect(await ended).toBe(0)
  }
})

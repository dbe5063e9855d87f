import http from 'node:http'
import { pipeline } from 'node:stream/promises'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { closedPort, fetchFrom, replica, Stage } from './stage.test.kit.ts'

test('a refused connection goes to another replica, with the whole body', async () => {
  const stage = await Stage.start()
  const { port } = await replica((request, response) => void pipeline(request, response))
  await stage.addSite('blog')
  stage.publish('blog', 'alive', port)
  for (const id of ['dead-1', 'dead-2']) stage.publish('blog', id, await closedPort())
  for (let n = 0; n < 6; n += 1) {
    const { status, body } = await stage.fetch('blog.localhost', '/', { method: 'POST', body: `order ${n}` })
    expect({ status, body }).toEqual({ status: 200, body: `order ${n}` })
  }
})

test('a request on an idle connection that the replica has just closed is sent again', async () => {
  const stage = await Stage.start()
  let requests = 0
  const { port } = await replica((request, response) => {
    requests += 1
    // The second request on a connection meets its end, as with a server whose keep-alive time is over.
    const socket = request.socket as typeof request.socket & { used?: boolean }
    if (socket.used === true) socket.resetAndDestroy()
    else response.end('ok')
    socket.used = true
  })
  await stage.addSite('blog')
  stage.publish('blog', 'a', port)
  expect((await stage.fetch('blog.localhost')).status).toBe(200)
  expect((await stage.fetch('blog.localhost')).status).toBe(200)
  expect(requests).toBe(3)
})

test('a request that may have been carried out is not sent again', async () => {
  const stage = await Stage.start()
  let orders = 0
  const { port } = await replica((request, response) => {
    if (request.method === 'GET') response.end('ok')
    else {
      orders += 1
      request.socket.resetAndDestroy()
    }
  })
  await stage.addSite('blog')
  stage.publish('blog', 'a', port)
  await stage.fetch('blog.localhost')
  const answer = await stage.fetch('blog.localhost', '/', { method: 'POST', body: 'order' })
  expect(answer.status).toBe(502)
  expect(orders).toBe(1)
})

test('a request waits for a replica that is about to be ready', async () => {
  const stage = await Stage.start({ waitMs: 20_000 })
  await stage.addSite('blog')
  const waiting = stage.fetch('blog.localhost')
  const { port } = await replica((_request, response) => response.end('here'))
  stage.publish('blog', 'a', port)
  expect(await waiting).toMatchObject({ status: 200, body: 'here' })
})

test('a replica is drained only when its answers have been delivered', async () => {
  const stage = await Stage.start()
  let finish = (): void => undefined
  const { port } = await replica((_request, response) => {
    response.write('first ')
    finish = () => response.end('last')
  })
  await stage.addSite('blog')
  stage.publish('blog', 'a', port)
  const client = http.get({ port: stage.port, host: '127.0.0.1', agent: false, headers: { Host: 'blog.localhost' } })
  const response = await new Promise<http.IncomingMessage>((resolve) => client.once('response', resolve))
  let retired = false
  const retiring = stage.retire('a').then(() => (retired = true))
  await new Promise(setImmediate)
  expect(retired).toBe(false)
  finish()
  expect(await text(response)).toBe('first last')
  await retiring
})

test('a client that asks in a loop sees no failed answer while replicas are replaced', async () => {
  const stage = await Stage.start()
  await stage.addSite('blog')
  const version = (n: number) =>
    replica((request, response) => {
      void text(request).then((body) => setTimeout(() => response.end(`v${n}${body}`), n % 3))
    })
  let current = await version(0)
  stage.publish('blog', 'v0', current.port)
  const agent = new http.Agent({ keepAlive: true, maxSockets: 8 })
  const swapped = new AbortController()
  const seen = new Set<string>()
  const failed: unknown[] = []
  const loop = async (n: number): Promise<void> => {
    while (!swapped.signal.aborted) {
      const options = n % 2 === 0 ? { agent } : { agent, method: 'POST', body: '!' }
      const answer = await fetchFrom(stage.port, { ...options, headers: { Host: 'blog.localhost' } }).catch(
        (error: unknown) => ({ status: 0, body: String(error) }),
      )
      if (answer.status === 200) seen.add(answer.body.replace('!', ''))
      else failed.push(answer)
    }
  }
  const loops = Array.from({ length: 8 }, (_, n) => loop(n))
  for (let n = 1; n <= 12; n += 1) {
    while (!seen.has(`v${n - 1}`)) await new Promise(setImmediate)
    const next = await version(n)
    stage.publish('blog', `v${n}`, next.port)
    await stage.retire(`v${n - 1}`)
    await current.crash()
    current = next
  }
  while (!seen.has('v12')) await new Promise(setImmediate)
  swapped.abort()
  await Promise.all(loops)
  agent.destroy()
  expect(failed).toEqual([])
})

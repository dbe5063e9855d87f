import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import type { Cluster } from '@webspaces/core'
import { memoryCluster } from '@webspaces/core/testing'
import { replica, Stage } from './stage.test.kit.ts'

const noLimit = (): AbortSignal => new AbortController().signal

/** A site that has begun to answer a request, and ends when it is told to. */
async function halfAnswered(stage: Stage): Promise<{ response: IncomingMessage; finish: () => void }> {
  let answer: ServerResponse | undefined
  const { port } = await replica((_request, response) => void (answer = response).write('first '))
  await stage.addSite('blog')
  stage.publish('blog', 'a', port)
  const request = http.get({ host: '127.0.0.1', port: stage.port, agent: false, headers: { Host: 'blog.localhost' } })
  const response = await new Promise<IncomingMessage>((resolve) => request.once('response', resolve))
  return { response, finish: () => answer?.end('last') }
}

/** `connect`, or why not. */
async function dial(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  const outcome = await new Promise<string>((resolve) => {
    socket.once('connect', () => resolve('connected'))
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
  })
  socket.destroy()
  return outcome
}

test('a port that is taken, and an address that is not ours, are named', async () => {
  const { port } = await Stage.start()
  await expect(new Stage({ port }).router.start(noLimit())).rejects.toMatchObject({
    code: 'WS_LOCAL_PORT_TAKEN',
    message: `127.0.0.1:${port} is in use by another program`,
  })
})

test('until it knows the sites the router asks to come again', async () => {
  const cluster = memoryCluster()
  let know = (): void => undefined
  const known = new Promise<void>((resolve) => (know = resolve))
  const late: Cluster = Object.assign(Object.create(cluster) as Cluster, {
    async *watch(...[kind, options]: Parameters<Cluster['watch']>) {
      await known
      yield* cluster.watch(kind, options)
    },
  })
  const stage = new Stage({ cluster: late })
  const starting = stage.router.start(noLimit())
  await expect.poll(() => stage.router.address).toBeDefined()
  const early = await stage.fetch('blog.localhost')
  expect(early).toMatchObject({ status: 503, headers: { 'retry-after': '2' } })
  expect(early.body).toContain('WS_ROUTER_STARTING')
  know()
  await starting
  expect((await stage.fetch('blog.localhost')).status).toBe(404)
})

test('stopping lets a running request end, and takes no new connection', async () => {
  const stage = await Stage.start()
  const { port } = stage
  const { response, finish } = await halfAnswered(stage)
  const stopping = stage.router.stop(noLimit())
  expect(await dial(port)).toBe('ECONNREFUSED')
  finish()
  expect(await text(response)).toBe('first last')
  await stopping
})

test('a request that outlasts the time for stopping is cut', async () => {
  const stage = await Stage.start()
  const { response } = await halfAnswered(stage)
  const cut = expect(text(response)).rejects.toMatchObject({ code: 'ECONNRESET' })
  const limit = new AbortController()
  const stopping = stage.router.stop(limit.signal)
  limit.abort()
  await stopping
  await cut
  await stage.retire('a')
})

test('idle connections and WebSockets do not hold up a stop', async () => {
  const stage = await Stage.start()
  const { port, server } = await replica((_request, response) => response.end('ok'))
  new WebSocketServer({ server }).on('connection', (socket) => socket.send('hello'))
  await stage.addSite('blog')
  stage.publish('blog', 'a', port)
  const agent = new http.Agent({ keepAlive: true })
  await stage.fetch('blog.localhost', '/', { agent })
  const socket = new WebSocket(`ws://127.0.0.1:${stage.port}/`, { headers: { Host: 'blog.localhost' } })
  await new Promise((resolve) => socket.once('message', resolve))
  const closed = new Promise((resolve) => socket.once('close', resolve))
  await stage.router.stop(noLimit())
  await closed
  await stage.retire('a')
  agent.destroy()
})

test('while it drains, a connection that is still open gets its answer and is closed', async () => {
  const stage = await Stage.start()
  const { finish } = await halfAnswered(stage)
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  await stage.fetch('localhost', '/', { agent })
  const draining = stage.router.drain(noLimit())
  expect((await stage.fetch('localhost', '/', { agent })).headers.connection).toBe('close')
  finish()
  await draining
  agent.destroy()
})

test('a router that never started can be stopped', async () => {
  await new Stage().router.stop(noLimit())
})

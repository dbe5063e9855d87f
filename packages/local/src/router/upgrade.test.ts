import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket, WebSocketServer, type RawData } from 'ws'
import { closedPort, replica, Stage, type Replica } from './stage.test.kit.ts'

async function chat(stage: Stage): Promise<Replica> {
  const site = await replica((_request, response) => response.end('plain'))
  const sockets = new WebSocketServer({ server: site.server, path: '/chat' })
  sockets.on('connection', (socket, request) => {
    socket.send(`hello ${String(request.headers['x-forwarded-for'])}`)
    socket.on('message', (data, binary) => socket.send(data, { binary }))
  })
  await stage.addSite('blog')
  stage.publish('blog', 'a', site.port)
  return site
}

function webSocket(stage: Stage, path = '/chat', protocol: string[] = []): WebSocket {
  const socket = new WebSocket(`ws://127.0.0.1:${stage.port}${path}`, protocol, { headers: { Host: 'blog.localhost' } })
  onTestFinished(() => socket.terminate())
  return socket
}

function next(socket: WebSocket): Promise<string> {
  return new Promise((resolve, reject) => {
    socket.once('message', (data: RawData) => resolve((data as Buffer).toString()))
    socket.once('error', reject)
  })
}

/** Everything that comes back for a raw request. */
async function raw(stage: Stage, request: string): Promise<string> {
  const socket: Socket = connect(stage.port, '127.0.0.1', () => socket.write(request))
  return await text(socket)
}

test('a WebSocket talks to the site in both directions', async () => {
  const stage = await Stage.start()
  await chat(stage)
  const socket = webSocket(stage)
  expect(await next(socket)).toBe('hello 127.0.0.1')
  for (const message of ['one', 'two', 'x'.repeat(300_000)]) {
    const answer = next(socket)
    socket.send(message)
    expect(await answer).toBe(message)
  }
  const closed = new Promise<number>((resolve) => socket.once('close', resolve))
  socket.close(4000)
  expect(await closed).toBe(4000)
})

test('an open WebSocket holds its replica, and frees it at its end', async () => {
  const stage = await Stage.start()
  await chat(stage)
  const socket = webSocket(stage)
  await next(socket)
  let retired = false
  const retiring = stage.retire('a').then(() => (retired = true))
  const answer = next(socket)
  socket.send('still there?')
  await answer
  expect(retired).toBe(false)
  socket.terminate()
  await retiring
})

test('a WebSocket whose replica dies is ended', async () => {
  const stage = await Stage.start()
  const { crash } = await chat(stage)
  const socket = webSocket(stage)
  socket.on('error', () => undefined)
  await next(socket)
  const closed = new Promise<number>((resolve) => socket.once('close', resolve))
  await crash()
  expect(await closed).toBe(1006)
})

test('a WebSocket finds the replica that takes connections', async () => {
  const stage = await Stage.start()
  await chat(stage)
  stage.publish('blog', 'dead', await closedPort())
  for (let n = 0; n < 4; n += 1) expect(await next(webSocket(stage))).toBe('hello 127.0.0.1')
})

test('a site that does not change the protocol answers in HTTP', async () => {
  const stage = await Stage.start()
  const { port } = await replica((_request, response) => response.end('plain'))
  await stage.addSite('blog')
  stage.publish('blog', 'a', port)
  const answer = await raw(
    stage,
    'GET / HTTP/1.1\r\nHost: blog.localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n',
  )
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  expect(answer).toMatch(/plain/)
  await stage.retire('a')
})

test('a WebSocket to an unknown host, to the platform or with a body is refused in HTTP', async () => {
  const stage = await Stage.start()
  await chat(stage)
  const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\n'
  expect(await raw(stage, `GET / HTTP/1.1\r\nHost: nobody.localhost\r\n${upgrade}\r\n`)).toMatch(/^HTTP\/1\.1 404 /)
  expect(await raw(stage, `GET /chat HTTP/1.1\r\nHost: localhost\r\n${upgrade}\r\n`)).toMatch(/^HTTP\/1\.1 404 /)
  const withBody = `POST /chat HTTP/1.1\r\nHost: blog.localhost\r\nContent-Length: 2\r\n${upgrade}\r\nhi`
  expect(await raw(stage, withBody)).toMatch(/^HTTP\/1\.1 400 /)
})

test('clients that vanish in the middle of a change of protocol do no harm', async () => {
  const stage = await Stage.start({ waitMs: 20_000 })
  await stage.addSite('blog')
  const request = 'GET / HTTP/1.1\r\nHost: blog.localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'
  for (let n = 0; n < 20; n += 1) {
    await new Promise<void>((resolve) => {
      const socket = connect(stage.port, '127.0.0.1', () => socket.write(request, () => socket.resetAndDestroy()))
      socket.once('close', () => resolve())
    })
  }
  await chat(stage)
  expect(await next(webSocket(stage))).toBe('hello 127.0.0.1')
})

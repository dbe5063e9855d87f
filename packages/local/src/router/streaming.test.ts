import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { replica, Stage } from './stage.test.kit.ts'

const MiB = 1024 * 1024

/** A request to the site, sent as far as its headers. */
function open(stage: Stage, options: http.RequestOptions = {}): http.ClientRequest {
  const headers = { Host: 'blog.localhost' }
  const request = http.request({ host: '127.0.0.1', port: stage.port, agent: false, headers, ...options })
  request.flushHeaders()
  return request
}

function responseTo(request: http.ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => request.once('response', resolve).once('error', reject))
}

async function site(stage: Stage, listener: (request: IncomingMessage, response: ServerResponse) => void) {
  const started = await replica(listener)
  await stage.addSite('blog')
  stage.publish('blog', 'a', started.port)
  return started
}

/** Resolves when a number that only grows has not grown for a while. */
async function settled(read: () => number): Promise<number> {
  let last = 0
  for (let calm = 0; calm < 30; calm = read() === last && last > 0 ? calm + 1 : 0) {
    last = read()
    await sleep(10)
  }
  return last
}

test('each event of a stream arrives before the next one is made', async () => {
  const stage = await Stage.start()
  let stream: ServerResponse | undefined
  await site(stage, (_request, response) => {
    stream = response.writeHead(200, { 'Content-Type': 'text/event-stream' })
    stream.flushHeaders()
  })
  const request = open(stage)
  request.end()
  const response = await responseTo(request)
  expect(response.headers['content-type']).toBe('text/event-stream')
  const events = response.setEncoding('utf8')[Symbol.asyncIterator]() as AsyncIterableIterator<string>
  for (const event of ['data: 1\n\n', 'data: 2\n\n', 'data: 3\n\n']) {
    stream?.write(event)
    expect((await events.next()).value).toBe(event)
  }
  stream?.end()
  expect((await events.next()).done).toBe(true)
})

test('a site can read and answer a body while it is still being sent', async () => {
  const stage = await Stage.start()
  await site(stage, (request, response) => {
    response.flushHeaders()
    request.pipe(response)
  })
  const request = open(stage, { method: 'POST' })
  const response = await responseTo(request)
  const echoed = response.setEncoding('utf8')[Symbol.asyncIterator]() as AsyncIterableIterator<string>
  for (const part of ['ping', 'pong']) {
    request.write(part)
    expect((await echoed.next()).value).toBe(part)
  }
  request.end()
  expect((await echoed.next()).done).toBe(true)
})

test('an upload that the site does not read is not taken in: it waits at the client', async () => {
  const stage = await Stage.start()
  let upload: IncomingMessage | undefined
  await site(stage, (request, response) => {
    upload = request
    request.once('end', () => response.end('got it all'))
  })
  const request = open(stage, { method: 'PUT', headers: { Host: 'blog.localhost', 'Content-Length': 160 * MiB } })
  const answered = responseTo(request)
  const chunk = Buffer.alloc(MiB, 'x')
  const sending = (async () => {
    for (let n = 0; n < 160; n += 1) if (!request.write(chunk)) await once(request, 'drain')
    request.end()
  })()
  expect(await settled(() => request.socket?.bytesWritten ?? 0)).toBeLessThan(64 * MiB)
  let received = 0
  upload?.on('data', (part: Buffer) => (received += part.length))
  await sending
  expect(await text(await answered)).toBe('got it all')
  expect(received).toBe(160 * MiB)
})

test('a download that the client does not read is not taken in: it waits at the site', async () => {
  const stage = await Stage.start()
  let sent = 0
  await site(stage, (_request, response) => {
    const chunk = Buffer.alloc(MiB, 'x')
    const more = (): void => {
      while (sent < 160 * MiB) {
        sent += MiB
        if (response.write(chunk)) continue
        response.once('drain', more)
        return
      }
      response.end()
    }
    more()
  })
  const request = open(stage)
  request.end()
  const response = await responseTo(request)
  expect(await settled(() => sent)).toBeLessThan(64 * MiB)
  let received = 0
  for await (const part of response) received += (part as Buffer).length
  expect(received).toBe(160 * MiB)
})

test('an answer that comes before the upload has ended reaches the client', async () => {
  const stage = await Stage.start()
  await site(stage, (_request, response) => response.writeHead(413).end('too large'))
  const request = open(stage, { method: 'POST' })
  request.on('error', () => undefined)
  request.write('x'.repeat(1000))
  const response = await responseTo(request)
  expect(response.statusCode).toBe(413)
  expect(await text(response)).toBe('too large')
  request.destroy()
})

test('a client that still sends long after its answer is cut off', async () => {
  const stage = await Stage.start({ lingerMs: 50 })
  await site(stage, (_request, response) => response.writeHead(413).end('too large'))
  const request = open(stage, { method: 'POST' })
  request.on('error', () => undefined)
  const closed = new Promise((resolve) => request.once('close', resolve))
  request.write('x')
  ;(await responseTo(request)).resume()
  await closed
})

test('a replica that dies in the middle of an answer ends the connection', async () => {
  const stage = await Stage.start()
  const { crash } = await site(stage, (_request, response) => response.write('half of'))
  const request = open(stage)
  request.end()
  const response = await responseTo(request)
  response.once('data', () => void crash())
  await expect(text(response)).rejects.toMatchObject({ code: 'ECONNRESET' })
})

test('a site whose client has gone is told so, and its replica is free', async () => {
  const stage = await Stage.start()
  let gone: Promise<unknown> | undefined
  await site(stage, (_request, response) => {
    gone = new Promise((resolve) => response.once('close', resolve))
    response.write('endless')
  })
  const request = open(stage)
  request.on('error', () => undefined)
  request.end()
  const response = await responseTo(request)
  response.on('error', () => undefined)
  request.destroy()
  await gone
  await stage.retire('a')
})

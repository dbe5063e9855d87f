import http from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { replica, Stage } from './stage.test.kit.ts'

/** A site that answers with what it was sent. */
async function echo(stage: Stage, name = 'blog'): Promise<void> {
  const { port } = await replica((request, response) => {
    void text(request).then((body) => {
      const { method, url, rawHeaders } = request
      response.end(JSON.stringify({ method, url, rawHeaders, body, trailers: request.trailers }))
    })
  })
  await stage.addSite(name)
  stage.publish(name, `${name}-1`, port)
}

interface Echo {
  readonly method: string
  readonly url: string
  readonly rawHeaders: string[]
  readonly body: string
}

function headerValues({ rawHeaders }: Echo, name: string): string[] {
  return rawHeaders.filter((_, n) => n % 2 === 1 && rawHeaders[n - 1]?.toLowerCase() === name)
}

test('a request reaches the site of its host with method, path, headers and body as they were', async () => {
  const stage = await Stage.start()
  await echo(stage)
  const answer = await stage.fetch('Blog.Localhost.:8080', '/a%2Fb/../c?x=1&y=%20', {
    method: 'POST',
    headers: { 'X-Repeated': ['one', 'two'], Cookie: 'a=b' },
    body: 'hello',
  })
  const seen = JSON.parse(answer.body) as Echo
  expect(seen).toMatchObject({ method: 'POST', url: '/a%2Fb/../c?x=1&y=%20', body: 'hello' })
  expect(headerValues(seen, 'host')).toEqual(['Blog.Localhost.:8080'])
  expect(headerValues(seen, 'x-repeated')).toEqual(['one', 'two'])
  expect(headerValues(seen, 'cookie')).toEqual(['a=b'])
})

test('what a client says about who it is is replaced, in either spelling', async () => {
  const stage = await Stage.start()
  await echo(stage)
  const { body } = await stage.fetch('blog.localhost', '/', {
    headers: {
      'X-Forwarded-For': '6.6.6.6',
      X_Forwarded_For: '6.6.6.6',
      'X-Forwarded-Proto': 'https',
      'X-Forwarded-Host': 'bank.example',
      'X-Forwarded-Port': '443',
      'X-Real-IP': '6.6.6.6',
      Forwarded: 'for=6.6.6.6',
      Proxy: 'http://6.6.6.6',
    },
  })
  const seen = JSON.parse(body) as Echo
  expect(headerValues(seen, 'x-forwarded-for')).toEqual(['127.0.0.1'])
  expect(headerValues(seen, 'x-forwarded-proto')).toEqual(['http'])
  expect(headerValues(seen, 'x-forwarded-host')).toEqual(['blog.localhost'])
  expect(body).not.toMatch(/6\.6\.6\.6|x_forwarded|x-forwarded-port|bank/i)
})

test('headers between neighbours are not passed on, and cannot be used to remove others', async () => {
  const stage = await Stage.start()
  await echo(stage)
  const { body } = await stage.fetch('blog.localhost', '/', {
    method: 'GET',
    headers: {
      Connection: 'X-Hop, Content-Length, Host, X-Forwarded-For',
      'X-Hop': 'secret',
      'Keep-Alive': 'timeout=99',
      'Proxy-Authorization': 'Basic eDp5',
      'Content-Length': '5',
    },
    body: 'hello',
  })
  const seen = JSON.parse(body) as Echo
  expect(seen.body).toBe('hello')
  expect(headerValues(seen, 'host')).toEqual(['blog.localhost'])
  expect(headerValues(seen, 'x-forwarded-for')).toEqual(['127.0.0.1'])
  expect(body).not.toMatch(/secret|timeout=99|eDp5/)
})

test('status, reason, repeated headers and trailers of an answer come through', async () => {
  const stage = await Stage.start()
  const { port } = await replica((_request, response) => {
    response.writeHead(418, 'Short And Stout', [
      'Set-Cookie',
      'a=1',
      'Set-Cookie',
      'b=2',
      'Trailer',
      'X-Sum',
      'X-A',
      'é',
    ])
    response.write('tea')
    response.addTrailers({ 'X-Sum': '3' })
    response.end()
  })
  await stage.addSite('blog')
  stage.publish('blog', 'a', port)
  const answer = await stage.fetch('blog.localhost')
  expect(answer).toMatchObject({ status: 418, body: 'tea', trailers: { 'x-sum': '3' } })
  expect(answer.headers['set-cookie']).toEqual(['a=1', 'b=2'])
})

test('HEAD, 204 and 304 are answered without a body', async () => {
  const stage = await Stage.start()
  const { port } = await replica((request, response) => {
    if (request.method === 'HEAD') response.writeHead(200, { 'Content-Length': 1234 }).end()
    else response.writeHead(Number(request.url?.slice(1))).end()
  })
  await stage.addSite('blog')
  stage.publish('blog', 'a', port)
  const head = await stage.fetch('blog.localhost', '/', { method: 'HEAD' })
  expect(head).toMatchObject({ status: 200, body: '', headers: { 'content-length': '1234' } })
  expect(await stage.fetch('blog.localhost', '/204')).toMatchObject({ status: 204, body: '' })
  expect(await stage.fetch('blog.localhost', '/304')).toMatchObject({ status: 304, body: '' })
})

test('connections are kept open on both sides', async () => {
  const stage = await Stage.start()
  const site = await replica((_request, response) => response.end('ok'))
  await stage.addSite('blog')
  stage.publish('blog', 'a', site.port)
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  let clientConnections = 0
  const createConnection = agent.createConnection.bind(agent)
  agent.createConnection = (...parameters) => {
    clientConnections += 1
    return createConnection(...parameters)
  }
  for (let n = 0; n < 20; n += 1) expect((await stage.fetch('blog.localhost', '/', { agent })).body).toBe('ok')
  agent.destroy()
  expect(clientConnections).toBe(1)
  expect(site.connections()).toBe(1)
})

test('an HTTP/1.0 client gets an answer that ends with its connection', async () => {
  const stage = await Stage.start()
  const { port } = await replica((_request, response) => {
    response.write('in ')
    response.end('chunks')
  })
  await stage.addSite('blog')
  stage.publish('blog', 'a', port)
  const socket = connect(stage.port, '127.0.0.1', () => socket.write('GET / HTTP/1.0\r\nHost: blog.localhost\r\n\r\n'))
  const answer = await text(socket)
  expect(answer).toMatch(/^HTTP\/1\.1 200 /)
  expect(answer).not.toMatch(/transfer-encoding/i)
  expect(answer.endsWith('\r\n\r\nin chunks')).toBe(true)
})

test('the longest path of an Ingress decides, element by element', async () => {
  const stage = await Stage.start()
  for (const [name, path] of Object.entries({ root: '/', api: '/api' })) {
    const { port } = await replica((_request, response) => response.end(name))
    await stage.addSite(name, { host: 'blog.localhost', path })
    stage.publish(name, name, port)
  }
  const answers = await Promise.all(
    ['/', '/api', '/api/x', '/apiary'].map((path) => stage.fetch('blog.localhost', path)),
  )
  expect(answers.map(({ body }) => body)).toEqual(['root', 'api', 'api', 'root'])
})

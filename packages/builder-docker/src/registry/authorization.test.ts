import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { parseChallenge, Tokens } from './authorization.ts'

test.each([
  ['Basic realm="test"', { scheme: 'basic', realm: 'test', service: undefined, scope: undefined }],
  [
    'Bearer realm="https://auth.example.com/token",service="registry",scope="repository:a:pull,push"',
    {
      ...{ scheme: 'bearer', realm: 'https://auth.example.com/token' },
      ...{ service: 'registry', scope: 'repository:a:pull,push' },
    },
  ],
  ['Negotiate abc', undefined],
  [null, undefined],
])('%s', (header, expected) => expect(parseChallenge(header)).toEqual(expected))

describe('a token service', () => {
  const servers: Server[] = []
  afterEach(() => servers.splice(0).forEach((server) => server.close()))

  async function tokenFrom(answer: RequestListener): Promise<string> {
    const server = createServer(answer)
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const realm = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`
    const challenge = { scheme: 'bearer', realm, service: undefined, scope: undefined } as const
    return await new Tokens().fetch('repository:a:pull', challenge, undefined, new AbortController().signal)
  }

  test.each(['token', 'access_token'])('gives its token as %s', async (name) => {
    expect(await tokenFrom((_, response) => response.end(JSON.stringify({ [name]: 'abc' })))).toBe('abc')
  })

  test.each([
    [401, 'WS_REGISTRY_REFUSED'],
    [403, 'WS_REGISTRY_REFUSED'],
    [429, 'WS_REGISTRY_UNAVAILABLE'],
    [500, 'WS_REGISTRY_UNAVAILABLE'],
    [503, 'WS_REGISTRY_UNAVAILABLE'],
  ])('that answers %s is told apart', async (status, code) => {
    await expect(tokenFrom((_, response) => response.writeHead(status).end())).rejects.toMatchObject({ code })
  })

  test.each(['<html>', 'null', '{"token":1}'])('that answers %s gives no token', async (body) => {
    const code = body === '<html>' ? 'WS_REGISTRY_UNAVAILABLE' : 'WS_REGISTRY_REFUSED'
    await expect(tokenFrom((_, response) => response.end(body))).rejects.toMatchObject({ code })
  })

  test('that answers without an end is not read to it', async () => {
    const endless: RequestListener = (_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(' '.repeat(65_536)));
      }
      response.on('drain', more).on('error', () => undefined)
      more()
    }
    await expect(tokenFrom(endless)).rejects.toThrow(/more than \d+ bytes/)
  })
})

import { createServer } from 'node:http'
import { Socket, type AddressInfo } from 'node:net'
import Docker from 'dockerode'
import { describe, expect, test, vi } from 'vitest'
import { connectionOptions } from './connection.ts'

const PEM = '-----BEGIN CERTIFICATE-----\n'
const tls = { ca: PEM, cert: PEM, key: PEM }

describe('a daemon is connected to', () => {
  test.each([
    [{ url: 'unix:///run/docker.sock' }, { socketPath: '/run/docker.sock', protocol: 'http', host: undefined }],
    [{ url: 'tcp://builder:2375' }, { host: 'builder', port: 2375, protocol: 'http', socketPath: undefined }],
    [{ url: 'tcp://builder' }, { host: 'builder', port: 2375, protocol: 'http' }],
    [{ url: 'https://builder' }, { host: 'builder', port: 2376, protocol: 'https' }],
    [
      { url: 'tcp://builder:1', tls },
      { host: 'builder', port: 1, protocol: 'https', ca: PEM, cert: PEM, key: PEM },
    ],
    // The certificates are those of other daemons.
    [
      { url: 'http://builder', tls: { ...tls, key: '/does/not/exist' } },
      { host: 'builder', port: 2375, protocol: 'http', ca: undefined, cert: undefined, key: undefined },
    ],
  ])('%j', (options, expected) => expect(connectionOptions(options)).toMatchObject(expected))

  test('with probes, so that a machine that vanished is noticed', async () => {
    const server = createServer((_, response) => response.end('{}'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const setKeepAlive = vi.spyOn(Socket.prototype, 'setKeepAlive')
    const { port } = server.address() as AddressInfo
    await new Docker(connectionOptions({ url: `tcp://127.0.0.1:${port}` })).version()
    expect(setKeepAlive).toHaveBeenCalledWith(true, 30_000)
    vi.restoreAllMocks()
    server.close()
  })

  test('whatever the environment of the platform says', () => {
    vi.stubEnv('DOCKER_HOST', 'tcp://elsewhere:2375')
    vi.stubEnv('DOCKER_CLIENT_TIMEOUT', '1')
    const { modem } = new Docker(connectionOptions({ url: 'unix:///run/docker.sock' }))
    expect(modem).toMatchObject({ socketPath: '/run/docker.sock', host: undefined, timeout: undefined })
    vi.unstubAllEnvs()
  })
})

describe('a daemon is refused for', () => {
  test.each([
    [{ url: 'builder:2375' }],
    [{ url: 'ssh://builder' }],
    [{ url: 'unix://run/docker.sock' }],
    [{ url: 'tcp://builder:2375/path' }],
    [{ url: 'tcp://user:secret@builder' }],
    [{ url: 'unix:///run/docker.sock', tls }],
    [{ url: 'tcp://builder', tls: { ...tls, key: '/does/not/exist' } }],
  ])('%j', (options) => {
    expect(() => connectionOptions(options)).toThrow(
      expect.objectContaining({ code: 'WS_DOCKER_OPTIONS', message: expect.not.stringContaining('secret') as string }),
    )
  })
})

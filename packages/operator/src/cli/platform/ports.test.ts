import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { choosePorts } from './ports.ts'

test('port 0 becomes two different ports that can be listened on', async () => {
  const { ssh, http } = await choosePorts('127.0.0.1', { ssh: 0, http: 0 })
  expect(ssh).toBeGreaterThan(0)
  expect(http).toBeGreaterThan(0)
  expect(ssh).not.toBe(http)
  const server = createServer()
  await once(server.listen(ssh, '127.0.0.1'), 'listening')
  await once(server.close(), 'close')
})

test('a port that is taken is named, with the option that changes it', async () => {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  await expect(choosePorts('127.0.0.1', { ssh: 0, http: port })).rejects.toMatchObject({
    code: 'WS_PORT_UNAVAILABLE',
    message: `another program listens on 127.0.0.1 port ${port}`,
    remedy: expect.stringContaining('--http-port 0') as string,
  })
  server.close()
})

test('an address of another machine is refused', async () => {
  await expect(choosePorts('192.0.2.1', { ssh: 0, http: 0 })).rejects.toMatchObject({ code: 'WS_PORT_UNAVAILABLE' })
})

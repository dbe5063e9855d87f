import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Connection, readKubeConfig } from './connection.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'webspaces-kubeconfig-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

async function kubeconfig(user: object): Promise<string> {
  const path = join(dir, 'kubeconfig')
  const cluster = { server: 'https://127.0.0.1:1/', 'insecure-skip-tls-verify': true }
  const content = {
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: 'platform' } }],
    'current-context': 'x',
  }
  await writeFile(path, JSON.stringify(content))
  return path
}

test('server, namespace and token come from the kubeconfig', async () => {
  const connection = new Connection(readKubeConfig(await kubeconfig({ token: 'secret' })), { now: () => 0 })
  expect([connection.server, connection.namespace]).toEqual(['https://127.0.0.1:1', 'platform'])
  expect((await connection.access()).headers).toMatchObject({ Authorization: 'Bearer secret' })
  await connection.close()
})

test('all requests share one dispatcher, which is renewed every minute', async () => {
  let now = 0
  const connection = new Connection(readKubeConfig(await kubeconfig({ token: 'secret' })), { now: () => now })
  const first = await connection.access()
  expect(await connection.access()).toBe(first)
  now += 60_000
  expect((await connection.access()).dispatcher).not.toBe(first.dispatcher)
  await connection.close()
})

test('a kubeconfig that is missing, broken or empty is told of by its path', async () => {
  const broken = join(dir, 'broken')
  await writeFile(broken, '{ not yaml')
  for (const path of [join(dir, 'missing'), broken]) {
    expect(() => readKubeConfig(path)).toThrow(
      expect.objectContaining({ code: 'WS_KUBECONFIG', message: expect.stringContaining(path) as string }),
    )
  }
  const empty = join(dir, 'empty')
  await writeFile(empty, '{}')
  expect(() => new Connection(readKubeConfig(empty), { now: () => 0 })).toThrow(
    expect.objectContaining({ code: 'WS_KUBECONFIG' }),
  )
})

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readCredentials, type Credentials } from './credentials.ts'

let folder: string
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'webspaces-credentials-'))))
afterEach(() => rm(folder, { recursive: true, force: true }))

async function read(config: unknown, host = 'registry.example.com'): Promise<Credentials | undefined> {
  const dockerConfig = join(folder, 'config.json')
  await writeFile(dockerConfig, typeof config === 'string' ? config : JSON.stringify(config))
  return await readCredentials({ dockerConfig }, host)
}

const auth = Buffer.from('robot:pass:word').toString('base64')
const expected = { username: 'robot', password: 'pass:word' }

describe('a docker configuration file', () => {
  test.each([
    ['with auth', { auths: { 'registry.example.com': { auth } } }, expected],
    ['with a URL for a name', { auths: { 'https://registry.example.com/v2/': { auth } } }, expected],
    ['with names', { auths: { 'registry.example.com': expected } }, expected],
    [
      'with an identity token',
      { auths: { 'registry.example.com': { auth, identitytoken: 't' } } },
      { identityToken: 't' },
    ],
    ['with auths and a store', { auths: { 'registry.example.com': { auth } }, credsStore: 'x' }, expected],
    ['with another registry', { auths: { 'other.example.com': { auth } } }, undefined],
    ['that is empty', {}, undefined],
  ])('%s is read', async (_, config, credentials) => expect(await read(config)).toEqual(credentials))

  test('has Docker Hub under its old name', async () => {
    expect(await read({ auths: { 'https://index.docker.io/v1/': { auth } } }, 'docker.io')).toEqual(expected)
  })

  test.each([
    ['that leaves it to a program', { credHelpers: { 'registry.example.com': 'gcloud' } }],
    ['that leaves all to a program', { credsStore: 'desktop', auths: { 'registry.example.com': {} } }],
    ['without a password', { auths: { 'registry.example.com': {} } }],
    ['that is no JSON', '{"auths": {"registry.example.com": "secret'],
  ])('%s is refused, and not quoted', async (_, config) => {
    await expect(read(config)).rejects.toMatchObject({
      code: 'WS_REGISTRY_CREDENTIALS',
      message: expect.not.stringContaining('secret') as string,
    })
  })

  test('that is not there is refused', async () => {
    const reading = readCredentials({ dockerConfig: join(folder, 'none') }, 'x')
    await expect(reading).rejects.toMatchObject({ code: 'WS_REGISTRY_CREDENTIALS' })
  })
})

test('credentials may come from a function, each time anew', async () => {
  let calls = 0
  const source = (): Promise<Credentials> => Promise.resolve({ username: 'robot', password: String(++calls) })
  expect(await readCredentials(source, 'x')).toEqual({ username: 'robot', password: '1' })
  expect(await readCredentials(source, 'x')).toEqual({ username: 'robot', password: '2' })
  const failing = readCredentials(() => Promise.reject(new Error('no such secret')), 'x')
  await expect(failing).rejects.toMatchObject({ code: 'WS_REGISTRY_CREDENTIALS' })
})

import { mkdtemp, rm } from 'node:fs/promises'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { randomUUID } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import {
  ADDRESSING,
  API_VERSION,
  BUILDER,
  CLUSTER,
  createDistribution,
  Ingress,
  LOGS,
  Webspace,
  type Distribution,
  type Logger,
} from '@webspaces/core'
import { local } from './plugin.ts'

const ignore = (): void => undefined
const silent: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore, child: () => silent }

async function started(): Promise<Distribution> {
  const dir = await mkdtemp(join(tmpdir(), 'webspaces-local-'))
  const here = (port: number) => ({ host: '127.0.0.1', port })
  const distribution = createDistribution({
    plugins: [local({ dir, http: here(0), ssh: here(2222) })],
    clock: { now: () => Date.now(), sleep: (ms, signal) => sleep(ms, undefined, signal ? { signal } : {}) },
    newId: randomUUID,
    logger: silent,
  })
  onTestFinished(async () => {
    await distribution.stop()
    await rm(dir, { recursive: true, force: true })
  })
  await distribution.start()
  return distribution
}

async function get(url: string, host: string): Promise<string> {
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    http.get(url, { agent: false, headers: { Host: host } }, resolve).once('error', reject)
  })
  return await text(response)
}

test('the plugin implements what a platform on one machine needs, with addresses that work', async () => {
  const distribution = await started()
  for (const contract of [BUILDER, LOGS]) expect(distribution.has(contract)).toBe(true)
  const addressing = distribution.resolve(ADDRESSING)
  const url = addressing.siteUrl('127.0.0.1')
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:[1-9][0-9]*$/)
  expect(await get(url, 'localhost')).toContain('There are no sites yet')
})

test('what is in the folder is on the page and is routed', async () => {
  const distribution = await started()
  const cluster = distribution.resolve(CLUSTER)
  const url = distribution.resolve(ADDRESSING).siteUrl('127.0.0.1')
  const spec = { customer: 'ada', runtime: 'node' }
  await cluster.apply(
    Webspace,
    Webspace.parse({ apiVersion: API_VERSION, kind: 'Webspace', metadata: { name: 'blog' }, spec }),
  )
  await expect.poll(() => get(url, 'localhost')).toContain('ssh://git@127.0.0.1:2222/blog.git')

  expect(await get(url, 'blog.localhost')).toContain('WS_SITE_UNKNOWN')
  const backend = { service: { name: 'blog', port: { name: 'http' } } }
  await cluster.apply(Ingress, {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'blog', namespace: 'customer-ada' },
    spec: { rules: [{ host: 'blog.localhost', http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }] },
  })
  await expect.poll(() => get(url, 'blog.localhost'), { timeout: 20_000 }).toContain('WS_SITE_STARTING')
})

import { afterEach, expect, test } from 'vitest'
import { GIT_SERVER, type Plugin } from '@webspaces/core'
import { ALONE, LEADERSHIP } from '../controller/leadership.ts'
import { metrics } from '../metrics/plugin.ts'
import { World } from '../reconcilers/world.test.kit.ts'
import { HEALTH_CHECK, type HealthReport } from './check.ts'
import { health, HEALTH_SERVER, readiness } from './plugin.ts'

let world: World
let base: string
afterEach(() => world.stop())

async function start(plugins: readonly Plugin[] = []): Promise<void> {
  const listen = { host: '127.0.0.1', port: 0 }
  world = await World.start({
    plugins: [health(listen), metrics({ lease: 'webspaces' }), ...plugins, readiness()],
  })
  base = `http://127.0.0.1:${world.resolve(HEALTH_SERVER).address?.port}`
}

async function ready(): Promise<{ readonly status: number } & HealthReport> {
  const response = await fetch(`${base}/readyz?verbose`)
  return { status: response.status, ...((await response.json()) as HealthReport) }
}

function plugin(name: string, register: Plugin['register']): Plugin {
  return { name, contractVersion: 1, register }
}

test('a platform that works is alive and ready, and says why', async () => {
  await start([plugin('election', (container) => container.provide(LEADERSHIP, { useValue: ALONE }))])
  expect(await fetch(`${base}/healthz`).then((response) => response.text())).toBe('ok\n')
  expect(await fetch(`${base}/readyz`).then((response) => response.text())).toBe('ok\n')
  expect(await ready()).toEqual({
    status: 200,
    ok: true,
    checks: {
      started: { ok: true, detail: 'started' },
      cluster: { ok: true, detail: 'answers' },
      'resource-caches': { ok: true, detail: 'followed' },
      'object-caches': { ok: true, detail: 'followed' },
      leader: { ok: true, detail: 'leading' },
    },
  })
})

test('who stands by is ready', async () => {
  const term = (signal: AbortSignal): Promise<AbortSignal> =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
  await start([
    plugin('election', (container) => container.provide(LEADERSHIP, { useValue: { leading: false, term } })),
  ])
  expect(await ready()).toMatchObject({ ok: true, checks: { leader: { detail: 'standing by' } } })
})

test('a git server that does not listen, and a check of a plugin that fails, are named', async () => {
  await start([
    plugin('git', (container) =>
      container.provide(GIT_SERVER, {
        useValue: { address: undefined, listen: () => Promise.resolve(), close: () => Promise.resolve() },
      }),
    ),
    plugin('own', (container) =>
      container.contribute(HEALTH_CHECK, {
        useValue: { name: 'disk', check: () => Promise.reject(new Error('full')) },
      }),
    ),
  ])
  const response = await fetch(`${base}/readyz`)
  expect(response.status).toBe(503)
  expect(await response.text()).toBe('git: not listening; disk: full\n')
  expect((await fetch(`${base}/healthz`)).status).toBe(200)
})

test('other paths and methods are refused, and HEAD has no body', async () => {
  await start()
  expect((await fetch(`${base}/`)).status).toBe(404)
  expect((await fetch(`${base}/metrics`, { method: 'POST', body: 'x' })).status).toBe(405)
  const head = await fetch(`${base}/readyz`, { method: 'HEAD' })
  expect({ status: head.status, body: await head.text() }).toEqual({ status: 200, body: '' })
})

test('nothing answers any more once the platform has stopped', async () => {
  await start()
  await world.stop()
  await expect(fetch(`${base}/healthz`)).rejects.toThrow()
})

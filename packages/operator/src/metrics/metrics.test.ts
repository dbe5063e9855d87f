import { afterEach, beforeEach, expect, test } from 'vitest'
import { BUILDER, PUSH_OBSERVER, type Builder, type Plugin } from '@webspaces/core'
import { LEADERSHIP, type Leadership } from '../controller/leadership.ts'
import { health, HEALTH_SERVER, readiness } from '../health/plugin.ts'
import { REQUEST_OBSERVER } from '../kubernetes/request-observer.ts'
import { World } from '../reconcilers/world.test.kit.ts'
import { metrics } from './plugin.ts'

const leadership: { -readonly [Name in keyof Leadership]: Leadership[Name] } = {
  leading: true,
  term: (signal) => Promise.resolve(signal),
}
const surroundings: Plugin = {
  name: 'more surroundings',
  contractVersion: 1,
  register(container) {
    container.provide(LEADERSHIP, { useValue: leadership })
    container.provide(BUILDER, { useValue: {} as Builder })
  },
}

let world: World
beforeEach(async () => {
  leadership.leading = true
  const listen = { host: '127.0.0.1', port: 0 }
  world = await World.start({ plugins: [health(listen), metrics({ lease: 'webspaces' }), surroundings, readiness()] })
})
afterEach(() => world.stop())

/** What Prometheus would read: series with its labels → value. */
async function scrape(): Promise<ReadonlyMap<string, number>> {
  const response = await fetch(`http://127.0.0.1:${world.resolve(HEALTH_SERVER).address?.port}/metrics`)
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
  const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]))
}

test('every series is there from the start, at zero', async () => {
  const series = await scrape()
  for (const controller of ['customer', 'runtime', 'webspace', 'release']) {
    for (const result of ['success', 'requeue_after', 'error']) {
      expect(series.get(`controller_runtime_reconcile_total{controller="${controller}",result="${result}"}`)).toBe(0)
    }
    expect(series.get(`controller_runtime_reconcile_errors_total{controller="${controller}"}`)).toBe(0)
    expect(series.get(`controller_runtime_reconcile_time_seconds_count{controller="${controller}"}`)).toBe(0)
    expect(series.get(`controller_runtime_max_concurrent_reconciles{controller="${controller}"}`)).toBe(4)
    expect(series.get(`controller_runtime_active_workers{controller="${controller}"}`)).toBe(0)
    expect(series.get(`workqueue_depth{name="${controller}"}`)).toBe(0)
    expect(series.get(`workqueue_adds_total{name="${controller}"}`)).toBe(0)
    expect(series.get(`workqueue_retries_total{name="${controller}"}`)).toBe(0)
  }
  for (const phase of ['preflight', 'queue', 'build', 'rollout']) {
    expect(series.get(`webspaces_push_phase_seconds_count{phase="${phase}",result="success"}`)).toBe(0)
  }
  expect(series.get('webspaces_builds{state="waiting"}')).toBe(0)
  expect(series.get('webspaces_builds{state="running"}')).toBe(0)
  expect(series.get('process_resident_memory_bytes')).toBeGreaterThan(0)
})

test('reconciles are counted by controller and result, and each add of the queue once', async () => {
  await world.customer('ada')
  const series = await scrape()
  const total = series.get('controller_runtime_reconcile_total{controller="customer",result="success"}')
  expect(total).toBeGreaterThan(0)
  expect(series.get('controller_runtime_reconcile_time_seconds_count{controller="customer"}')).toBe(total)
  expect(series.get('workqueue_adds_total{name="customer"}')).toBe(total)
  expect(series.get('workqueue_queue_duration_seconds_count{name="customer"}')).toBe(total)
  expect(series.get('workqueue_work_duration_seconds_count{name="customer"}')).toBe(total)
  expect(series.get('controller_runtime_reconcile_total{controller="runtime",result="success"}')).toBe(0)
})

test('a phase of a push is told by how it ended', async () => {
  const observer = world.resolve(PUSH_OBSERVER)
  observer.phaseEnded('build', 'success', 1500)
  observer.phaseEnded('build', 'WS_BUILD_FAILED', 700)
  const series = await scrape()
  expect(series.get('webspaces_push_phase_seconds_sum{phase="build",result="success"}')).toBe(1.5)
  expect(series.get('webspaces_push_phase_seconds_count{phase="build",result="WS_BUILD_FAILED"}')).toBe(1)
})

test('requests to the API server are counted by method, host and answer', async () => {
  const observe = world.resolve(REQUEST_OBSERVER)
  const host = '10.96.0.1:443'
  for (const code of ['200', '200', '<error>']) observe({ method: 'PATCH', host, code })
  const series = await scrape()
  expect(series.get(`rest_client_requests_total{code="200",method="PATCH",host="${host}"}`)).toBe(2)
  expect(series.get(`rest_client_requests_total{code="<error>",method="PATCH",host="${host}"}`)).toBe(1)
})

test('who leads says so', async () => {
  expect((await scrape()).get('leader_election_master_status{name="webspaces"}')).toBe(1)
  leadership.leading = false
  expect((await scrape()).get('leader_election_master_status{name="webspaces"}')).toBe(0)
})

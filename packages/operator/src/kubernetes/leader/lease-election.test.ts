import { setImmediate as turn } from 'node:timers/promises'
import { Namespace, type Clock, type Cluster, type Logger } from '@webspaces/core'
import { memoryCluster } from '@webspaces/core/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ManualClock } from '../../controller/manual-clock.test.kit.ts'
import { LeaseElection } from './lease-election.ts'
import { Lease } from './lease.ts'

const LEASE = { namespace: 'webspaces', name: 'operator' }
const SILENT: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => SILENT }
function nothing(): void {
  // Logs are not what is tested here.
}

let clock: ManualClock
let cluster: Cluster
const running: LeaseElection[] = []
beforeEach(async () => {
  clock = new ManualClock()
  cluster = memoryCluster({ clock })
  await cluster.create(Namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: LEASE.namespace } })
})
afterEach(async () => {
  for (const election of running.splice(0)) {
    const stopped = election.stop()
    await clock.advance(60_000)
    await stopped
  }
})

interface CandidateOptions {
  readonly store?: Pick<Cluster, 'get' | 'create' | 'patch'>
  /** How far its clock is from the truth. Milliseconds. */
  readonly skewMs?: number
}

async function candidate(
  identity: string,
  { store = cluster, skewMs = 0 }: CandidateOptions = {},
): Promise<LeaseElection> {
  const own: Clock = { now: () => clock.now() + skewMs, sleep: (ms, signal) => clock.sleep(ms, signal) }
  const elapsed = (): number => clock.now() - Date.parse('2026-01-01T00:00:00Z')
  const election = new LeaseElection({ cluster: store, clock: own, elapsed, logger: SILENT, lease: LEASE, identity })
  running.push(election)
  await election.start()
  await turn()
  return election
}

/** A way to the cluster that can break. */
function breakable() {
  const state = { broken: false }
  const check = (): void => {
    if (state.broken) throw new Error('cut off')
  }
  const store: Pick<Cluster, 'get' | 'create' | 'patch'> = {
    get: async (kind, key) => {
      check()
      return cluster.get(kind, key)
    },
    create: async (kind, object) => {
      check()
      return cluster.create(kind, object)
    },
    patch: async (kind, key, patch) => {
      check()
      return cluster.patch(kind, key, patch)
    },
  }
  return { state, store }
}

async function holder(): Promise<string | undefined> {
  return (await cluster.get(Lease, LEASE)).spec.holderIdentity
}

test('the first one leads, and others stand by for as long as it does', async () => {
  const [first, second] = [await candidate('first'), await candidate('second')]
  await clock.advance(120_000)
  expect([first.leading, second.leading]).toEqual([true, false])
  expect((await cluster.get(Lease, LEASE)).spec).toMatchObject({
    holderIdentity: 'first',
    leaseDurationSeconds: 12,
    leaseTransitions: 0,
    acquireTime: '2026-01-01T00:00:00.000000Z',
    renewTime: expect.stringMatching(/^2026-01-01T00:0(1:5|2:0)\d\.000000Z$/) as string,
  })
})

test('one that stops gives the lease back, and another has it with its next look', async () => {
  const [first, second] = [await candidate('first'), await candidate('second')]
  await first.stop()
  expect(await holder()).toBe('')
  await clock.advance(2500)
  expect([first.leading, second.leading]).toEqual([false, true])
  expect((await cluster.get(Lease, LEASE)).spec.leaseTransitions).toBe(1)
})

test('a leader that is gone is replaced within 20 s, with seconds to spare', async () => {
  const { state, store } = breakable()
  const first = await candidate('first', { store })
  const second = await candidate('second')
  await clock.advance(10_000)
  state.broken = true
  await clock.advance(16_000)
  expect([first.leading, second.leading]).toEqual([false, true])
})

test('a leader that is cut off stops before another begins', async () => {
  const { state, store } = breakable()
  const first = await candidate('first', { store })
  const second = await candidate('second')
  const { signal } = new AbortController()
  const term = await first.term(signal)
  await clock.advance(10_000)
  state.broken = true
  let overlapped = false
  for (let second_ = 0; second_ < 30 && !second.leading; second_ += 1) {
    await clock.advance(1000)
    overlapped ||= first.leading && second.leading
  }
  expect(second.leading).toBe(true)
  expect(overlapped).toBe(false)
  expect(term.aborted).toBe(true)
  expect(term.reason).toMatchObject({ code: 'WS_LEADERSHIP_LOST' })
})

test('one that lost leads again when it is its turn, with a new term', async () => {
  const { state, store } = breakable()
  const first = await candidate('first', { store })
  const { signal } = new AbortController()
  const former = await first.term(signal)
  state.broken = true
  await clock.advance(20_000)
  expect(first.leading).toBe(false)
  state.broken = false
  await clock.advance(20_000)
  const next = await first.term(signal)
  expect([former.aborted, next.aborted]).toEqual([true, false])
})

test('an answer that does not come counts as none', async () => {
  const { store } = breakable()
  let hanging = false
  const patch: Cluster['patch'] = (kind, key, patch) =>
    hanging ? new Promise(nothing) : cluster.patch(kind, key, patch)
  const first = await candidate('first', { store: { ...store, patch } })
  hanging = true
  await clock.advance(14_000)
  expect(first.leading).toBe(false)
})

test.each([
  ['ahead', 3_600_000],
  ['behind', -3_600_000],
])('a clock that is an hour %s neither takes the lease away nor keeps it', async (_name, skewMs) => {
  const { state, store } = breakable()
  const first = await candidate('first', { store })
  const second = await candidate('second', { skewMs })
  await clock.advance(60_000)
  expect([first.leading, second.leading]).toEqual([true, false])
  state.broken = true
  await clock.advance(20_000)
  expect([first.leading, second.leading]).toEqual([false, true])
})

test('a lease that was taken by hand ends the term at once', async () => {
  const first = await candidate('first')
  await cluster.patch(Lease, LEASE, { spec: { holderIdentity: 'somebody' } })
  await clock.advance(2000)
  expect(first.leading).toBe(false)
  expect(await holder()).toBe('somebody')
})

test('a renewal whose answer was lost is no loss', async () => {
  const { store } = breakable()
  let lose = false
  const patch: Cluster['patch'] = async (kind, key, patch) => {
    const patched = await cluster.patch(kind, key, patch)
    if (!lose) return patched
    lose = false
    throw new Error('connection reset')
  }
  const first = await candidate('first', { store: { ...store, patch } })
  lose = true
  await clock.advance(30_000)
  expect(first.leading).toBe(true)
  expect((await cluster.get(Lease, LEASE)).spec.leaseTransitions).toBe(0)
})

test('whoever waits for a term can stop waiting', async () => {
  await candidate('first')
  const second = await candidate('second')
  const stop = new AbortController()
  const waiting = second.term(stop.signal)
  stop.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow('enough')
})

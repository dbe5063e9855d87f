import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../../system/clock.ts'
import { FaultProxy } from '../fault-proxy.test.kit.ts'
import { eventually, openCluster, SILENT, type LabCluster } from '../lab.test.kit.ts'
import { LeaseElection } from './lease-election.ts'
import { Lease } from './lease.ts'

const TIMES = { leaseMs: 3000, renewMs: 2000, retryMs: 300 }

let direct: LabCluster
let proxy: FaultProxy
let through: LabCluster
let lease: { readonly namespace: string; readonly name: string }
const running: LeaseElection[] = []
beforeEach(async () => {
  direct = openCluster()
  proxy = await FaultProxy.start()
  through = openCluster({ kubeconfig: proxy.kubeconfig })
  lease = { namespace: 'default', name: `t${randomBytes(5).toString('hex')}` }
})
afterEach(async () => {
  for (const election of running.splice(0)) await election.stop()
  await direct.cluster.delete(Lease, lease)
  await Promise.all([direct.server.close(), through.server.close()])
  await proxy.stop()
})

async function candidate(identity: string, { cluster }: LabCluster): Promise<LeaseElection> {
  const election = new LeaseElection({ cluster, clock: systemClock, logger: SILENT, lease, identity, times: TIMES })
  running.push(election)
  await election.start()
  return election
}

test('of two, one leads; when it is cut off it stops, and then the other leads', async () => {
  const first = await candidate('first', through)
  await eventually(() => {
    expect(first.leading).toBe(true)
  })
  const second = await candidate('second', direct)
  const term = await first.term(new AbortController().signal)
  let overlapped = false
  term.addEventListener('abort', () => (overlapped = second.leading))
  await proxy.down()
  await eventually(() => {
    expect(second.leading).toBe(true)
  })
  expect([first.leading, overlapped, term.aborted]).toEqual([false, false, true])
  await proxy.up()
  const { spec } = await direct.cluster.get(Lease, lease)
  expect(spec).toMatchObject({ holderIdentity: 'second', leaseTransitions: 1 })
})

test('one that ends gives the lease back', async () => {
  const first = await candidate('first', direct)
  await eventually(() => {
    expect(first.leading).toBe(true)
  })
  await first.stop()
  expect((await direct.cluster.get(Lease, lease)).spec.holderIdentity ?? '').toBe('')
  const second = await candidate('second', direct)
  await eventually(() => {
    expect(second.leading).toBe(true)
  })
})

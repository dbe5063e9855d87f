import { expect, test } from 'vitest'
import { Customer, KubernetesEvent, type Cluster, type Logger } from '@webspaces/core'
import { memoryCluster } from '@webspaces/core/testing'
import { ManualClock } from '../controller/manual-clock.test.kit.ts'
import { EventRecorder } from './event-recorder.ts'

const SILENT: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => SILENT,
}
const NEWS = { type: 'Normal', reason: 'Succeeded', message: 'is live' } as const

/** Has a cluster take this long for each object that is created. Milliseconds. */
function slow(cluster: Cluster, clock: ManualClock, tookMs: number): void {
  const create = cluster.create.bind(cluster)
  cluster.create = async (kind, object) => {
    await clock.sleep(tookMs)
    return create(kind, object)
  }
}

function customer(name: string): Customer {
  return {
    ...{ apiVersion: Customer.apiVersion, kind: Customer.kind, metadata: { name, uid: name } },
    spec: Customer.parse({
      ...{ apiVersion: Customer.apiVersion, kind: Customer.kind, metadata: { name } },
      spec: { name, email: 'a@example.com' },
    }).spec,
  }
}

test('the longer an Event takes to write, the longer the next one gives way', async () => {
  const clock = new ManualClock()
  const cluster = memoryCluster({ clock })
  slow(cluster, clock, 100)
  let ids = 0
  const recorder = new EventRecorder({ cluster, clock, newId: () => `id${(ids += 1)}`, logger: SILENT })
  const written = async (): Promise<number> => (await cluster.list(KubernetesEvent)).length

  for (const name of ['ada', 'ben', 'cora']) recorder.record(customer(name), NEWS)
  await clock.advance(100)
  expect(await written()).toBe(1)
  await clock.advance(400)
  expect(await written()).toBe(1)
  await clock.advance(100)
  expect(await written()).toBe(2)

  // One who stops does not wait for what waits itself.
  await recorder.stop()
  expect(await written()).toBe(2)
})

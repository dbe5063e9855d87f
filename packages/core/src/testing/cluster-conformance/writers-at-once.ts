import assert from 'node:assert/strict'
import { hasCode } from '../../errors/error.ts'
import { Customer } from '../../resources/customer.ts'
import { Webspace } from '../../resources/webspace.ts'
import type { Cases } from './room.ts'

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

export const writersAtOnce: Cases = {
  'fifty patches of one object at once lose nothing': async (room) => {
    const key = { name: room.name('a') }
    await room.cluster.create(Customer, room.customer('a'))
    const written = await Promise.all(
      numbers(50).map((n) =>
        room.cluster.patch(Customer, key, { metadata: { annotations: { [`n${n}`]: String(n) } } }),
      ),
    )
    const { annotations } = (await room.cluster.get(Customer, key)).metadata
    assert.deepEqual(Object.keys(annotations ?? {}).length, 50)
    assert.equal(new Set(written.map(({ metadata }) => metadata.resourceVersion)).size, 50)
  },

  'writers that read, change and write conditionally lose nothing': async (room) => {
    const key = { name: room.name('w') }
    await room.cluster.create(Webspace, room.webspace('w', { replicas: 0 }))
    const increment = async (): Promise<void> => {
      const { metadata, spec } = await room.cluster.get(Webspace, key)
      const patch = { metadata: { resourceVersion: metadata.resourceVersion }, spec: { replicas: spec.replicas + 1 } }
      try {
        await room.cluster.patch(Webspace, key, patch)
      } catch (error) {
        if (!hasCode(error, 'WS_CONFLICT')) throw error
        await increment()
      }
    }
    await Promise.all(numbers(12).map(increment))
    assert.equal((await room.cluster.get(Webspace, key)).spec.replicas, 12)
  },

  'one of twenty creators of one name succeeds': async (room) => {
    const tries = await Promise.allSettled(
      numbers(20).map((n) => room.cluster.create(Customer, room.customer('a', { name: `n${n}` }))),
    )
    const created = tries.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    const refused = tries.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []))
    assert.equal(created.length, 1)
    assert.ok(refused.every((error) => hasCode(error, 'WS_ALREADY_EXISTS')))
    assert.deepEqual(await room.cluster.get(Customer, { name: room.name('a') }), created[0])
  },

  'a watcher ends with what is stored, whatever was written at once': async (room) => {
    const watch = room.watch(Customer)
    await watch.until('synced', () => watch.synced)
    await Promise.all(
      numbers(20).map(async (n) => {
        await room.cluster.create(Customer, room.customer(`c${n}`))
        await room.cluster.patch(Customer, { name: room.name(`c${n}`) }, { spec: { name: 'changed' } })
        if (n % 2 === 0) await room.cluster.delete(Customer, { name: room.name(`c${n}`) })
      }),
    )
    const stored = await room.cluster.list(Customer, { labels: room.label })
    assert.equal(stored.length, 10)
    await watch.until(
      'the end',
      ({ known }) => known.size === 10 && [...known.values()].every(({ spec }) => spec.name === 'changed'),
    )
    assert.deepEqual(
      [...watch.known.keys()].sort(),
      stored.map(({ metadata }) => metadata.name),
    )
  },
}

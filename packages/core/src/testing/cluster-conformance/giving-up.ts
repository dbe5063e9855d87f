import assert from 'node:assert/strict'
import { Customer } from '../../resources/customer.ts'
import type { Cases } from './room.ts'

export const givingUp: Cases = {
  'a write that was given up before it began is not made': async (room) => {
    const stays = await room.cluster.create(Customer, room.customer('a'))
    const key = { name: stays.metadata.name }
    const reason = new Error('the term is over')
    const options = { signal: AbortSignal.abort(reason) }
    for (const write of [
      room.cluster.create(Customer, room.customer('b'), options),
      room.cluster.apply(Customer, room.customer('a', { name: 'applied' }), options),
      room.cluster.patch(Customer, key, { spec: { name: 'patched' } }, options),
      room.cluster.patchStatus(Customer, key, { namespace: 'elsewhere' }, options),
      room.cluster.delete(Customer, key, options),
    ]) {
      await assert.rejects(write, reason)
    }
    assert.deepEqual(await room.cluster.list(Customer, { labels: room.label }), [stays])
  },

  'one whose signal does not abort is made': async (room) => {
    const { signal } = new AbortController()
    await room.cluster.apply(Customer, room.customer('a'), { signal })
    await room.cluster.patch(Customer, { name: room.name('a') }, { spec: { name: 'patched' } }, { signal })
    assert.equal((await room.cluster.get(Customer, { name: room.name('a') })).spec.name, 'patched')
  },
}

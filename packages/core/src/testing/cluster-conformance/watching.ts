import assert from 'node:assert/strict'
import type { WatchEvent } from '../../contracts/cluster.ts'
import { Customer } from '../../resources/customer.ts'
import { Webspace } from '../../resources/webspace.ts'
import { Service } from '../../workload/objects.ts'
import type { Cases } from './room.ts'

export const watching: Cases = {
  'a watch shows what is there, then synced, then what comes': async (room) => {
    const a = await room.cluster.create(Customer, room.customer('a'))
    const b = await room.cluster.create(Customer, room.customer('b'))
    const watch = room.watch(Customer)
    await watch.until('synced', () => watch.synced)
    assert.deepEqual(watch.events, [{ type: 'applied', object: a }, { type: 'applied', object: b }, { type: 'synced' }])
    const c = await room.cluster.create(Customer, room.customer('c'))
    const changed = await room.cluster.patchStatus(Customer, { name: room.name('a') }, { namespace: 'n' })
    await room.cluster.delete(Customer, { name: room.name('b') })
    await watch.until('the last change', ({ known }) => !known.has(room.name('b')))
    assert.deepEqual(
      watch.known,
      new Map([
        [room.name('a'), changed],
        [room.name('c'), c],
      ]),
    )
    assert.equal(watch.events.filter(({ type }) => type === 'synced').length, 1)
  },

  'a watch of nothing is synced at once': async (room) => {
    const watch = room.watch(Customer)
    await watch.until('synced', () => watch.synced)
    assert.deepEqual(watch.events, [{ type: 'synced' }])
  },

  'a watch is of one kind, one namespace and the labels asked for': async (room) => {
    const [first, second] = [await room.namespace('n1'), await room.namespace('n2')]
    const watch = room.watch(Service, { namespace: first, labels: { ...room.label, tier: 'web' } })
    await watch.until('synced', () => watch.synced)
    const labelled = { labels: { ...room.label, tier: 'web' } }
    await room.cluster.create(Customer, room.customer('c', {}, labelled))
    await room.cluster.create(Service, room.service(second, 'elsewhere', labelled))
    await room.cluster.create(Service, room.service(first, 'unlabelled'))
    await room.cluster.create(Service, room.service(first, 'wanted', labelled))
    await watch.until('the wanted one', ({ known }) => known.size > 0)
    assert.deepEqual([...watch.known.keys()], [`${first}/wanted`])
  },

  'an object that loses a label asked for is shown as deleted, and one that gets it as applied': async (room) => {
    const key = { name: room.name('a') }
    await room.cluster.create(Customer, room.customer('a', {}, { labels: { ...room.label, tier: 'gold' } }))
    const watch = room.watch(Customer, { labels: { ...room.label, tier: 'gold' } })
    await watch.until('the object', ({ known }) => known.size === 1)
    await room.cluster.patch(Customer, key, { metadata: { labels: { tier: 'tin' } } })
    await watch.until('it leave', ({ known }) => known.size === 0)
    await room.cluster.patch(Customer, key, { metadata: { labels: { tier: 'gold' } } })
    await watch.until('it come back', ({ known }) => known.size === 1)
  },

  'aborting ends a watch without an error': async (room) => {
    const watch = room.watch(Customer)
    await watch.until('synced', () => watch.synced)
    watch.stop()
    await watch.ended
    const shown = watch.events.length
    await room.cluster.create(Customer, room.customer('late'))
    assert.equal(watch.events.length, shown)
  },

  'a watch with a signal that has aborted shows nothing': async (room) => {
    await room.cluster.create(Customer, room.customer('a'))
    const events: WatchEvent<Customer>[] = []
    for await (const event of room.cluster.watch(Customer, { signal: AbortSignal.abort() })) events.push(event)
    assert.deepEqual(events, [])
  },

  'every watcher sees everything': async (room) => {
    const watches = [room.watch(Customer), room.watch(Customer), room.watch(Customer)]
    await room.cluster.create(Customer, room.customer('a'))
    for (const watch of watches) await watch.until('the object', ({ known }) => known.has(room.name('a')))
    watches[0]?.stop()
    await room.cluster.delete(Customer, { name: room.name('a') })
    for (const watch of watches.slice(1))
      await watch.until('it gone', ({ known, synced }) => synced && known.size === 0)
  },

  'a slow consumer gets the last state of everything, whatever was folded': async (room) => {
    for (const suffix of ['a', 'b']) await room.cluster.create(Webspace, room.webspace(suffix))
    const abort = new AbortController()
    const events = room.cluster.watch(Webspace, { labels: room.label, signal: abort.signal })[Symbol.asyncIterator]()
    const known = new Map<string, Webspace>()
    const take = async (): Promise<WatchEvent<Webspace> | undefined> => {
      const next = await events.next()
      const event = next.done === true ? undefined : next.value
      if (event?.type === 'applied') known.set(event.object.metadata.name, event.object)
      if (event?.type === 'deleted') known.delete(event.object.metadata.name)
      return event
    }
    while ((await take())?.type !== 'synced');

    for (let replicas = 2; replicas <= 40; replicas++) {
      await room.cluster.patch(Webspace, { name: room.name('a') }, { spec: { replicas } })
    }
    await room.cluster.delete(Webspace, { name: room.name('b') })
    await room.cluster.create(Webspace, room.webspace('brief'))
    await room.cluster.delete(Webspace, { name: room.name('brief') })
    await room.cluster.create(Webspace, room.webspace('last'))
    while (!known.has(room.name('last'))) await take()
    abort.abort()
    assert.deepEqual([...known.keys()].sort(), [room.name('a'), room.name('last')])
    assert.equal(known.get(room.name('a'))?.spec.replicas, 40)
  },

  'an object that another of its name replaces is seen to go': async (room) => {
    const first = await room.cluster.create(Customer, room.customer('a'))
    const watch = room.watch(Customer)
    await watch.until('synced', () => watch.synced)
    await room.cluster.delete(Customer, { name: room.name('a') })
    const second = await room.cluster.create(Customer, room.customer('a'))
    await watch.until('the second', ({ known }) => known.get(room.name('a'))?.metadata.uid === second.metadata.uid)
    const gone = watch.events.flatMap((event) => (event.type === 'deleted' ? [event.object.metadata.uid] : []))
    assert.deepEqual(gone, [first.metadata.uid])
  },

  'a mark for deletion is shown, and then the end': async (room) => {
    const key = { name: room.name('a') }
    await room.cluster.create(Customer, room.customer('a', {}, { finalizers: ['example.com/f'] }))
    const watch = room.watch(Customer)
    await watch.until('synced', () => watch.synced)
    await room.cluster.delete(Customer, key)
    await watch.until('the mark', ({ known }) => known.get(key.name)?.metadata.deletionTimestamp !== undefined)
    await room.cluster.patch(Customer, key, { metadata: { finalizers: null } })
    await watch.until('the end', ({ known }) => known.size === 0)
  },
}

import { expect, test } from 'vitest'
import type { WatchEvent } from '../contracts/cluster.ts'
import type { KubernetesObject } from '../resources/object.ts'
import { Subscription } from './subscription.ts'

const object = (uid: string, version = 1): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'X',
  metadata: { name: 'x', uid, resourceVersion: String(version) },
})

/** What is waiting to be shown now, and nothing that comes later. */
async function drain(events: AsyncGenerator<WatchEvent<KubernetesObject>>, stop: AbortController): Promise<string[]> {
  const shown: string[] = []
  setImmediate(() => stop.abort())
  for await (const event of events) {
    shown.push(
      event.type === 'synced'
        ? 'synced'
        : `${event.type} ${event.object.metadata.uid ?? ''}@${event.object.metadata.resourceVersion ?? ''}`,
    )
  }
  return shown
}

const all = (): boolean => true

test('many changes of one object wait as one, in the place of the first', async () => {
  const subscription = new Subscription([object('a')], all)
  for (let version = 2; version <= 1000; version++) subscription.applied(object('a', version))
  subscription.applied(object('b'))
  const stop = new AbortController()
  expect(await drain(subscription.events(stop.signal), stop)).toEqual(['applied a@1000', 'synced', 'applied b@1'])
})

test('an object that came and went unseen is not shown at all', async () => {
  const subscription = new Subscription([object('a')], all)
  subscription.deleted(object('a'))
  for (let n = 0; n < 1000; n++) {
    subscription.applied(object(`brief${n}`))
    subscription.deleted(object(`brief${n}`))
  }
  const stop = new AbortController()
  expect(await drain(subscription.events(stop.signal), stop)).toEqual(['synced'])
})

test('an object that was shown is seen to go before another of its name comes', async () => {
  const subscription = new Subscription([object('old')], all)
  const stop = new AbortController()
  const events = subscription.events(stop.signal)
  await events.next()
  await events.next()
  subscription.deleted(object('old'))
  subscription.applied(object('unseen'))
  subscription.deleted(object('unseen'))
  subscription.applied(object('new'))
  expect(await drain(events, stop)).toEqual(['deleted old@1', 'applied new@1'])
})

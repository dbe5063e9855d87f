import { expect, test } from 'vitest'
import { Endpoints, type Endpoint } from './endpoints.ts'

function endpoint(id: string, labels: Record<string, string> = { app: 'blog' }): Endpoint {
  return { id, host: '127.0.0.1', port: 4000, labels, namespace: 'customer-ada' }
}

function published(...ids: string[]): Endpoints {
  const endpoints = new Endpoints()
  for (const id of ids) endpoints.publish(endpoint(id))
  return endpoints
}

const acquire = (endpoints: Endpoints, exclude?: ReadonlySet<string>) =>
  endpoints.acquire('customer-ada', { app: 'blog' }, exclude)

test('replicas without requests are taken in turn', () => {
  const endpoints = published('a', 'b', 'c')
  const ids = Array.from({ length: 6 }, () => {
    const lease = acquire(endpoints)
    lease?.release()
    return lease?.endpoint.id
  })
  expect(ids).toEqual(['a', 'b', 'c', 'a', 'b', 'c'])
})

test('the replica with the fewest requests comes first', () => {
  const endpoints = published('a', 'b')
  acquire(endpoints)
  const onB = acquire(endpoints)
  acquire(endpoints)
  onB?.release()
  expect(acquire(endpoints)?.endpoint.id).toBe('b')
})

test('only ready replicas of the namespace with all labels of the selector count', () => {
  const endpoints = published('a')
  endpoints.publish(endpoint('other-app', { app: 'shop' }))
  endpoints.publish({ ...endpoint('other-customer'), namespace: 'customer-bob' })
  expect(endpoints.count('customer-ada', { app: 'blog' })).toBe(1)
  expect(endpoints.count('customer-ada', { app: 'blog', tier: 'web' })).toBe(0)
  expect(acquire(endpoints, new Set(['a']))).toBeUndefined()
})

test('an empty selector selects nothing', () => {
  expect(published('a').acquire('customer-ada', {})).toBeUndefined()
})

test('a withdrawn replica gets no new request and is drained once its last one is over', async () => {
  const endpoints = published('a')
  const [first, second] = [acquire(endpoints), acquire(endpoints)]
  endpoints.withdraw('a')
  expect(acquire(endpoints)).toBeUndefined()
  let drained = false
  const waiting = endpoints.drained('a', new AbortController().signal).then(() => (drained = true))
  first?.release()
  first?.release()
  await Promise.resolve()
  expect(drained).toBe(false)
  second?.release()
  await waiting
  await endpoints.drained('a', new AbortController().signal)
})

test('waiting for a drain ends with the reason of its signal', async () => {
  const endpoints = published('a')
  acquire(endpoints)
  endpoints.withdraw('a')
  const limit = new AbortController()
  const waiting = endpoints.drained('a', limit.signal)
  limit.abort(new Error('drain limit'))
  await expect(waiting).rejects.toThrow('drain limit')
  await expect(endpoints.drained('a', limit.signal)).rejects.toThrow('drain limit')
})

test('a replica can become ready again and keeps its leases', () => {
  const endpoints = published('a')
  const lease = acquire(endpoints)
  endpoints.withdraw('a')
  endpoints.publish(endpoint('a'))
  expect(acquire(endpoints)?.endpoint.id).toBe('a')
  lease?.release()
  expect(endpoints.count('customer-ada', { app: 'blog' })).toBe(1)
})

test('a listener hears of every publish and withdraw until it leaves', () => {
  const endpoints = new Endpoints()
  let changes = 0
  const leave = endpoints.onChange(() => (changes += 1))
  endpoints.publish(endpoint('a'))
  endpoints.withdraw('a')
  endpoints.withdraw('a')
  expect(changes).toBe(2)
  leave()
  endpoints.publish(endpoint('b'))
  expect(changes).toBe(2)
})

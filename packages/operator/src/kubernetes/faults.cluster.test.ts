import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { Customer, type Cluster, type Kind } from '@webspaces/core'
import { FaultProxy } from './fault-proxy.test.kit.ts'
import { eventually, installKinds, openCluster, type LabCluster } from './lab.test.kit.ts'

const QUICK = { firstPauseMs: 20, longestPauseMs: 200, idleMs: 1000 }

let direct: LabCluster
beforeAll(async () => {
  direct = openCluster()
  await installKinds(direct)
  return () => direct.server.close()
})

let proxy: FaultProxy
let through: LabCluster
let end: AbortController
let labels: Readonly<Record<string, string>>
beforeEach(async () => {
  proxy = await FaultProxy.start()
  through = openCluster({ kubeconfig: proxy.kubeconfig, watchTimes: QUICK })
  end = new AbortController()
  labels = { 'faults.webspaces.dev/test': `t${randomBytes(5).toString('hex')}` }
})
afterEach(async () => {
  end.abort()
  await through.server.close()
  await proxy.stop()
  for (const { metadata } of await direct.cluster.list(Customer, { labels }))
    await direct.cluster.delete(Customer, metadata)
})

function customer(suffix: string, name = suffix): Customer {
  return {
    apiVersion: Customer.apiVersion,
    kind: Customer.kind,
    metadata: { name: `${Object.values(labels)[0] ?? ''}-${suffix}`, labels },
    spec: { name, email: 'a@example.com' } as Customer['spec'],
  }
}

/** What a follower of a watch knows: name → version. */
function follow(cluster: Cluster): { readonly known: Map<string, string>; readonly deleted: string[]; ended: boolean } {
  const state = { known: new Map<string, string>(), deleted: [] as string[], ended: false }
  void (async () => {
    for await (const event of cluster.watch(Customer, { labels, signal: end.signal })) {
      if (event.type === 'synced') continue
      const { name, resourceVersion = '' } = event.object.metadata
      if (event.type === 'applied') state.known.set(name, resourceVersion)
      else if (state.known.delete(name)) state.deleted.push(name)
    }
  })().finally(() => (state.ended = true))
  return state
}

async function stored(): Promise<Map<string, string>> {
  const objects = await direct.cluster.list(Customer, { labels })
  return new Map(objects.map(({ metadata }) => [metadata.name, metadata.resourceVersion ?? '']))
}

async function watching(): Promise<void> {
  await eventually(() => {
    expect(proxy.openWatches).toBe(1)
  })
}

const isWatch = ({ path }: { readonly path: string }): boolean => path.includes('watch=true')

test('a version that the server has forgotten (410) is answered by a new list, which shows what went in between', async () => {
  const gone = await direct.cluster.create(Customer, customer('gone'))
  const state = follow(through.cluster)
  await eventually(async () => expect(state.known).toEqual(await stored()))
  // One that is not yet open would not be cut, and would bring what goes on below.
  await watching()
  proxy.fault = (request) => (isWatch(request) ? { answer: 503 } : undefined)
  proxy.cutWatches()
  await direct.cluster.delete(Customer, gone.metadata)
  await direct.cluster.create(Customer, customer('new'))
  // The real server's own answer to a version from long ago.
  let watches = 0
  proxy.fault = (request) =>
    isWatch(request) && ++watches === 1
      ? { path: (path) => path.replace(/resourceVersion=\d+/, 'resourceVersion=1') }
      : undefined
  await eventually(async () => expect(state.known).toEqual(await stored()))
  expect(state.deleted).toEqual([gone.metadata.name])
  expect(proxy.seen.filter((request) => request.method === 'GET' && !isWatch(request))).toHaveLength(2)
})

test('connections that break again and again lose nothing', async () => {
  const state = follow(through.cluster)
  const cutting = setInterval(() => proxy.cutWatches(), 40)
  try {
    for (let n = 0; n < 60; n += 1) {
      await direct.cluster.apply(Customer, customer(`c${n % 12}`, `name ${n}`))
      if (n % 5 === 4) await direct.cluster.delete(Customer, customer(`c${n % 12}`).metadata)
    }
  } finally {
    clearInterval(cutting)
  }
  await eventually(async () => expect(state.known).toEqual(await stored()))
  expect(proxy.seen.filter(isWatch).length).toBeGreaterThan(3)
  expect(state.ended).toBe(false)
})

test('a connection that is open and dead is left', async () => {
  const state = follow(through.cluster)
  await watching()
  proxy.silenceWatches()
  await direct.cluster.create(Customer, customer('unheard'))
  await eventually(async () => expect(state.known).toEqual(await stored()))
})

test('a server that is killed and comes back: writes go on, and watches miss nothing', async () => {
  const state = follow(through.cluster)
  await watching()
  const outage = (async () => {
    await sleep(100)
    await proxy.down()
    await direct.cluster.create(Customer, customer('meanwhile'))
    await sleep(1500)
    await proxy.up()
  })()
  for (let n = 0; n < 40; n += 1) {
    const applied = await through.cluster.apply(Customer, customer(`w${n % 8}`, `name ${n}`))
    expect(applied.spec.name).toBe(`name ${n}`)
    await sleep(10)
  }
  await outage
  await eventually(async () => expect(state.known).toEqual(await stored()))
  expect(state.known.size).toBe(9)
})

test('a server that has enough (429) is asked again when it said, not before', async () => {
  const refused: number[] = []
  proxy.fault = ({ method, at }) => {
    if (method !== 'POST' || refused.length === 2) return undefined
    refused.push(at)
    return { answer: 429, headers: { 'retry-after': '1' }, body: { reason: 'TooManyRequests' } }
  }
  await through.cluster.create(Customer, customer('patient'))
  const posts = proxy.seen.filter(({ method }) => method === 'POST').map(({ at }) => at)
  expect(posts).toHaveLength(3)
  expect((posts[1] ?? 0) - (posts[0] ?? 0)).toBeGreaterThanOrEqual(1000)
})

test('a server that wants us away for long is told of at once', async () => {
  proxy.fault = () => ({ answer: 429, headers: { 'retry-after': '3600' } })
  await expect(through.cluster.list(Customer)).rejects.toMatchObject({ code: 'WS_UNAVAILABLE' })
  expect(proxy.seen).toHaveLength(1)
})

test('a change whose answer was lost is made once: repeated where that is safe, told of where not', async () => {
  let lost = 0
  proxy.fault = ({ method }) => (method !== 'GET' && ++lost === 1 ? 'lose the answer' : undefined)
  await through.cluster.apply(Customer, customer('applied'))
  expect(lost).toBe(2)
  lost = 0
  await expect(through.cluster.create(Customer, customer('created'))).rejects.toMatchObject({ code: 'WS_UNAVAILABLE' })
  expect(lost).toBe(1)
  expect([...(await stored()).keys()].sort()).toEqual(
    [customer('applied'), customer('created')].map((o) => o.metadata.name),
  )
})

test('a server that was just started and does not know its kinds yet is asked again', async () => {
  let answers = 0
  proxy.fault = () => (++answers < 4 ? { answer: 404, body: { message: '404 page not found' } } : undefined)
  await through.cluster.create(Customer, customer('early'))
  expect([...(await stored()).keys()]).toEqual([customer('early').metadata.name])
})

test('a write that is given up while the server is away is not made when it is back', async () => {
  proxy.fault = ({ method }) => (method === 'PATCH' ? { answer: 503 } : undefined)
  const reason = new Error('the term is over')
  const applying = through.cluster.apply(Customer, customer('late'), { signal: end.signal })
  const rejected = expect(applying).rejects.toBe(reason)
  await eventually(() => expect(proxy.seen.length).toBeGreaterThan(1))
  end.abort(reason)
  await rejected
  proxy.fault = () => undefined
  const tries = proxy.seen.length
  // Longer than the pause that it was in.
  await sleep(1000)
  expect(proxy.seen).toHaveLength(tries)
  expect(await stored()).toEqual(new Map())
})

test('a connection that is closed ends what lasts, and lets nothing begin', async () => {
  const state = follow(through.cluster)
  await watching()
  await through.server.close()
  await eventually(() => expect(proxy.openWatches).toBe(0))
  const asked = proxy.seen.length
  await expect(through.cluster.create(Customer, customer('late'))).rejects.toMatchObject({ code: 'WS_UNAVAILABLE' })
  expect(proxy.seen).toHaveLength(asked)
  expect(state.ended).toBe(false)
})

test('a list that expires before its last page is begun again', async () => {
  const names = Array.from({ length: 505 }, (_, n) => `p${n}`)
  for (let at = 0; at < names.length; at += 20) {
    await Promise.all(names.slice(at, at + 20).map((name) => direct.cluster.create(Customer, customer(name))))
  }
  let continued = 0
  proxy.fault = ({ path }) =>
    path.includes('continue=') && ++continued === 1 ? { answer: 410, body: { reason: 'Expired' } } : undefined
  expect(await through.cluster.list(Customer, { labels })).toHaveLength(505)
  expect(proxy.seen).toHaveLength(4)
})

test('a page of a proxy in between is no answer', async () => {
  let answers = 0
  proxy.fault = () => (++answers < 3 ? { answer: 502, body: { message: 'bad gateway' } } : undefined)
  expect(await through.cluster.list(Customer, { labels })).toEqual([])
})

test('a kind that the cluster does not know ends the watch, and says what to do', async () => {
  const unknown: Kind = { ...Customer, kind: 'Unknown', plural: 'unknowns' }
  const watching = (async () => {
    for await (const event of through.cluster.watch(unknown, { signal: end.signal })) expect(event).toBeUndefined()
  })()
  await expect(watching).rejects.toMatchObject({
    code: 'WS_NOT_FOUND',
    remedy: expect.stringContaining('manifests --only crds') as string,
  })
})

test('a server that refuses everything while it starts does not end a watch that has worked', async () => {
  const state = follow(through.cluster)
  await watching()
  let refusals = 0
  proxy.fault = () => (++refusals <= 4 ? { answer: refusals % 2 === 0 ? 403 : 404 } : undefined)
  proxy.cutWatches()
  await direct.cluster.create(Customer, customer('later'))
  await eventually(async () => expect(state.known).toEqual(await stored()))
  expect(state.ended).toBe(false)
})

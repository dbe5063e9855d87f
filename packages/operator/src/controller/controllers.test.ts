import { setImmediate as turn } from 'node:timers/promises'
import {
  Customer,
  Namespace,
  ResourceCaches,
  coreError,
  type Cluster,
  type LogFields,
  type Logger,
  type ObjectKey,
  type Reconciler,
  type ReconcileContext,
  type ReconcileResult,
} from '@webspaces/core'
import { memoryCluster } from '@webspaces/core/testing'
import { afterEach, expect, test } from 'vitest'
import { watched } from './controller.ts'
import { Controllers } from './controllers.ts'
import type { Leadership } from './leadership.ts'
import { ManualClock } from './manual-clock.test.kit.ts'
import { Watches } from './watches.ts'

type Reconcile = (key: ObjectKey, context: ReconcileContext) => Promise<ReconcileResult>

const running: { stop(): Promise<void> }[] = []
afterEach(async () => {
  for (const part of running.splice(0).reverse()) await part.stop()
})

interface World {
  readonly cluster: Cluster
  readonly clock: ManualClock
  readonly errors: LogFields[]
}

interface Setting {
  readonly clock?: ManualClock
  readonly workers?: number
  readonly map?: (namespace: Namespace) => readonly ObjectKey[]
}

const customerOf = ({ metadata }: Namespace): ObjectKey[] => [{ name: metadata.annotations?.['customer'] ?? 'nobody' }]

async function start(
  reconcile: Reconcile,
  before: (cluster: Cluster) => Promise<unknown>,
  { clock = new ManualClock(), workers = 4, map = customerOf }: Setting = {},
): Promise<World> {
  const cluster = memoryCluster({ clock })
  await before(cluster)
  const errors: LogFields[] = []
  const logger = recording(errors)
  const caches = new ResourceCaches(cluster, logger)
  const watches = new Watches(cluster, caches, logger)
  const reconciler: Reconciler = {
    name: 'test',
    kind: Customer,
    watches: [watched(Namespace, map)],
    reconcile,
  }
  const controllers = new Controllers([reconciler], watches, { clock, logger }, { workers, resyncMs: 600_000 })
  running.push(caches, controllers)
  const { signal } = new AbortController()
  await caches.start(signal)
  await controllers.start(signal)
  await turn()
  return { cluster, clock, errors }
}

test('every object that is there is looked at when it starts, and again after the resync time', async () => {
  const seen: string[] = []
  const { clock } = await start(
    ({ name }) => Promise.resolve(void seen.push(name)).then(() => ({})),
    async (cluster) => {
      await cluster.create(Customer, customer('ada'))
      await cluster.create(Customer, customer('ben'))
    },
  )
  expect(seen).toEqual(['ada', 'ben'])
  await clock.advance(600_000)
  expect(seen).toEqual(['ada', 'ben', 'ada', 'ben'])
})

test('a change of another kind is looked at under the name that it belongs to, also when it goes', async () => {
  const seen: string[] = []
  const { cluster } = await start(({ name }) => Promise.resolve(void seen.push(name)).then(() => ({})), nothing)
  await cluster.create(Namespace, namespace('ada'))
  await turn()
  expect(seen).toEqual(['ada'])
  await cluster.delete(Namespace, { name: 'space' })
  await turn()
  expect(seen).toEqual(['ada', 'ada'])
})

test('an object that moves to another name is looked at under both', async () => {
  const seen: string[] = []
  const { cluster } = await start(({ name }) => Promise.resolve(void seen.push(name)).then(() => ({})), nothing)
  await cluster.create(Namespace, namespace('ada'))
  await turn()
  await cluster.patch(Namespace, { name: 'space' }, { metadata: { annotations: { customer: 'ben' } } })
  await turn()
  expect(seen.slice(1).sort()).toEqual(['ada', 'ben'])
})

test('an object that cannot be mapped to a name is reported, and all others are looked at as ever', async () => {
  const seen: string[] = []
  const { cluster, clock, errors } = await start(
    ({ name }) => Promise.resolve(void seen.push(name)).then(() => ({})),
    (cluster) => cluster.create(Customer, customer('ada')),
    {
      map: ({ metadata }) => {
        const name = metadata.annotations?.['customer'] ?? ''
        if (name === 'nobody') throw new TypeError('no customer')
        return [{ name }]
      },
    },
  )
  await cluster.create(Namespace, {
    ...namespace('nobody'),
    metadata: { ...namespace('nobody').metadata, name: 'odd' },
  })
  await cluster.create(Namespace, namespace('ben'))
  await turn()
  expect(seen).toEqual(['ada', 'ben'])
  expect(errors).toContainEqual(expect.objectContaining({ kind: 'Namespace', object: 'odd' }))
  await clock.advance(600_000)
  expect(seen).toEqual(['ada', 'ben', 'ada', 'ben'])
})

test('a failure is tried again after 0.2 s, then twice as long each time up to a minute, and logged once', async () => {
  const times: number[] = []
  const clock = new ManualClock()
  const { errors } = await start(
    () => {
      times.push(clock.now())
      return Promise.reject(new Error('out of order'))
    },
    (cluster) => cluster.create(Customer, customer('ada')),
    { clock },
  )
  await clock.advance(300_000)
  const waits = times.slice(1).map((time, index) => time - (times[index] ?? 0))
  expect(waits.slice(0, 11)).toEqual([200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000, 60_000])
  expect(errors).toHaveLength(1)
})

test('a success ends the streak: the next failure is tried again soon, and logged', async () => {
  let failing = true
  let calls = 0
  const { clock, cluster, errors } = await start(
    () => {
      calls += 1
      return failing ? Promise.reject(new Error('out of order')) : Promise.resolve({})
    },
    (cluster) => cluster.create(Customer, customer('ada')),
  )
  await clock.advance(5000)
  failing = false
  await clock.advance(10_000)
  failing = true
  await cluster.patch(Customer, { name: 'ada' }, { spec: { name: 'Ada B.' } })
  await turn()
  const before = calls
  await clock.advance(200)
  expect(calls).toBe(before + 1)
  expect(errors).toHaveLength(2)
})

test('a conflict is tried again without a word', async () => {
  let calls = 0
  const { clock, errors } = await start(
    () => {
      calls += 1
      return calls < 4 ? Promise.reject(coreError('WS_CONFLICT', 'changed')) : Promise.resolve({})
    },
    (cluster) => cluster.create(Customer, customer('ada')),
  )
  await clock.advance(5000)
  expect(calls).toBe(4)
  expect(errors).toEqual([])
})

test('a name is never reconciled twice at once, and different names are', async () => {
  const active = new Set<string>()
  let most = 0
  let doubled = false
  const { cluster, clock } = await start(
    async ({ name }) => {
      doubled ||= active.has(name)
      active.add(name)
      most = Math.max(most, active.size)
      for (let i = 0; i < 5; i += 1) await turn()
      active.delete(name)
      return {}
    },
    async (cluster) => {
      for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) await cluster.create(Customer, customer(name))
    },
    { workers: 3 },
  )
  for (let round = 0; round < 20; round += 1) {
    await cluster.patch(Customer, { name: 'a' }, { spec: { name: `A ${round}` } })
    await clock.advance(1)
  }
  expect(doubled).toBe(false)
  expect(most).toBe(3)
})

test('a name is looked at again when it asked to be', async () => {
  let calls = 0
  const { clock } = await start(
    () => {
      calls += 1
      return Promise.resolve(calls === 1 ? { requeueAfter: 5000 } : {})
    },
    (cluster) => cluster.create(Customer, customer('ada')),
  )
  await clock.advance(4999)
  expect(calls).toBe(1)
  await clock.advance(1)
  expect(calls).toBe(2)
})

test('stopping tells what runs to end, and waits for it', async () => {
  let ended = false
  await start(
    async (_key, { signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
      await turn()
      ended = true
      throw new Error('interrupted')
    },
    (cluster) => cluster.create(Customer, customer('ada')),
  )
  expect(ended).toBe(false)
  await running.pop()?.stop()
  expect(ended).toBe(true)
})

test('who stands by reconciles nothing but what each process tends, until it leads and only as long', async () => {
  const seen: string[] = []
  const clock = new ManualClock()
  const election = new ScriptedElection()
  const reconciler = (name: string, everywhere: boolean): Reconciler => ({
    name,
    kind: Customer,
    everywhere,
    watches: [],
    reconcile: (key) => Promise.resolve(void seen.push(`${name} ${key.name}`)).then(() => ({})),
  })
  const logger = recording([])
  const cluster = memoryCluster({ clock })
  const caches = new ResourceCaches(cluster, logger)
  const controllers = new Controllers(
    [reconciler('git', true), reconciler('operator', false)],
    new Watches(cluster, caches, logger),
    { clock, logger, leadership: election },
  )
  running.push(caches, controllers)
  const { signal } = new AbortController()
  await cluster.create(Customer, customer('ada'))
  await caches.start(signal)
  await controllers.start(signal)
  await turn()
  expect(seen.splice(0)).toEqual(['git ada'])

  const first = election.begin()
  await turn()
  expect(seen.splice(0)).toEqual(['operator ada'])
  first.abort(coreError('WS_CONFLICT', 'lost'))
  await turn()
  await cluster.create(Customer, customer('ben'))
  await turn()
  expect(seen.splice(0)).toEqual(['git ben'])

  election.begin()
  await turn()
  expect(seen).toEqual(['operator ada', 'operator ben'])
})

test('a process without reconcilers that lead has time for other things', async () => {
  const logger = recording([])
  const clock = new ManualClock()
  const cluster = memoryCluster({ clock })
  const watches = new Watches(cluster, new ResourceCaches(cluster, logger), logger)
  const controllers = new Controllers([], watches, { clock, logger })
  running.push(controllers)
  await controllers.start(new AbortController().signal)
  await turn()
})

/** Begins a term when told. */
class ScriptedElection implements Leadership {
  leading = false
  #begin: (term: AbortSignal) => void = () => undefined

  term(signal: AbortSignal): Promise<AbortSignal> {
    return new Promise((resolve, reject) => {
      this.#begin = resolve
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
    })
  }

  begin(): AbortController {
    const term = new AbortController()
    this.#begin(term.signal)
    return term
  }
}

function nothing(): Promise<void> {
  return Promise.resolve()
}

function customer(name: string): Customer {
  return Customer.parse({
    apiVersion: Customer.apiVersion,
    kind: Customer.kind,
    metadata: { name },
    spec: { name, email: `${name}@example.com` },
  })
}

function namespace(owner: string): Namespace {
  return {
    apiVersion: Namespace.apiVersion,
    kind: Namespace.kind,
    metadata: {
      name: 'space',
      annotations: { customer: owner },
      labels: { 'app.kubernetes.io/managed-by': 'webspaces' },
    },
  }
}

function recording(errors: LogFields[]): Logger {
  const logger: Logger = {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: (_message, fields = {}) => void errors.push(fields),
    child: () => logger,
  }
  return logger
}

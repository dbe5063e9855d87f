import { expect, test } from 'vitest'
import type { Cluster } from '../contracts/cluster.ts'
import type { Part, Stage } from '../contracts/part.ts'
import type { Clock, Logger } from '../contracts/system.ts'
import { coreError } from '../errors/catalogue.ts'
import { memoryCluster } from '../testing/memory-cluster.ts'
import type { PluginContainer } from './container.ts'
import { createDistribution } from './distribution.ts'
import { inject, injectable } from './injection.ts'
import type { Plugin } from './plugin.ts'
import { token, type Token } from './token.ts'
import { BUILDER, CLUSTER, PART } from './tokens.ts'

const clock: Clock = {
  now: () => 0,
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, ms)
      signal?.addEventListener('abort', () => {
        clearTimeout(timer)
        reject(signal.reason as Error)
      })
    }),
}
const none = (): void => undefined
const logger: Logger = { debug: none, info: none, warn: none, error: none, child: () => logger }

function create(plugins: readonly Plugin[], limits = {}) {
  return createDistribution({ plugins, clock, newId: () => 'id', logger, ...limits })
}

function plugin(name: string, register: (container: PluginContainer) => void, more: Partial<Plugin> = {}): Plugin {
  return { name, contractVersion: 1, register, ...more }
}

const store = plugin('store', (container) => container.provide(CLUSTER, { useFactory: (): Cluster => memoryCluster() }))

test('a class gets what its parameters name, once', () => {
  const NUMBER: Token<number> = token('Number')
  const HOLDER: Token<Holder> = token('Holder')
  @injectable()
  class Holder {
    constructor(@inject(NUMBER) readonly value: number) {}
  }
  const platform = create([
    plugin('holder', (container) => container.provide(HOLDER, { useClass: Holder })),
    plugin('number', (container) => container.provide(NUMBER, { useValue: 7 })),
  ])
  expect(platform.resolve(HOLDER).value).toBe(7)
  expect(platform.resolve(HOLDER)).toBe(platform.resolve(HOLDER))
})

test('what a factory throws reaches whoever needs it as it is, through classes too', () => {
  const HOLDER: Token<Holder> = token('Holder')
  @injectable()
  class Holder {
    constructor(@inject(CLUSTER) readonly cluster: Cluster) {}
  }
  const error = coreError('WS_UNAVAILABLE', 'no cluster there')
  const platform = create([
    plugin('holder', (container) => container.provide(HOLDER, { useClass: Holder })),
    plugin('broken', (container) =>
      container.provide(CLUSTER, {
        useFactory: () => {
          throw error
        },
      }),
    ),
  ])
  expect(() => platform.resolve(HOLDER)).toThrow(error)
  expect(() => platform.resolve(CLUSTER)).toThrow(error)
})

test('two platforms share nothing', () => {
  const [one, other] = [create([store]), create([store])]
  expect(one.resolve(CLUSTER)).not.toBe(other.resolve(CLUSTER))
})

test('a missing contract names the packages that implement it and who needs it', () => {
  const needy = plugin('needy', none, { requires: [BUILDER] })
  expect(() => create([needy])).toThrow(
    expect.objectContaining({
      code: 'WS_PLUGIN_MISSING',
      message: 'no plugin implements Builder, which needy needs',
      remedy: expect.stringContaining('@webspaces/builder-docker') as string,
    }),
  )
  expect(() => create([]).resolve(BUILDER)).toThrow(expect.objectContaining({ code: 'WS_PLUGIN_MISSING' }))
})

test('a contract that two plugins implement names both', () => {
  const second = { ...store, name: 'other store' }
  expect(() => create([store, second])).toThrow(/Cluster is implemented by both store and other store/)
})

test.each([
  ['listed twice', [store, store], 'WS_PLUGIN_DOUBLED'],
  ['from another time', [{ ...store, contractVersion: 0 }], 'WS_PLUGIN_TOO_OLD'],
  ['not a plugin', [{} as Plugin], 'WS_PLUGIN_INVALID'],
  ['nothing at all', [undefined as unknown as Plugin], 'WS_PLUGIN_INVALID'],
])('a plugin that is %s is refused', (_what, plugins, code) => {
  expect(() => create(plugins)).toThrow(expect.objectContaining({ code }))
})

/** Parts that write down when they start and stop. */
function parts(log: string[], ...list: [string, Stage, Partial<Part>?][]): Plugin {
  return plugin('parts', (container) => {
    for (const [name, stage, more] of list) {
      container.contribute(PART, {
        useValue: {
          name,
          stage,
          start: () => Promise.resolve(void log.push(`+${name}`)),
          stop: () => Promise.resolve(void log.push(`-${name}`)),
          ...more,
        },
      })
    }
  })
}

test('parts start stage by stage and stop in reverse', async () => {
  const log: string[] = []
  const platform = create([store, parts(log, ['git', 'intake'], ['router', 'traffic'], ['disk', 'store'])])
  await platform.start()
  await platform.stop()
  expect(log).toEqual(['+disk', '+router', '+git', '-git', '-router', '-disk'])
})

test('when a part cannot start, those before it are stopped again', async () => {
  const log: string[] = []
  const failing = { start: () => Promise.reject(new Error('port taken')) }
  const platform = create([store, parts(log, ['disk', 'store'], ['git', 'intake', failing])])
  await expect(platform.start()).rejects.toMatchObject({ code: 'WS_START_FAILED', message: 'git: port taken' })
  expect(log).toEqual(['+disk', '-git', '-disk'])
})

test('a part that says why it cannot start keeps its code', async () => {
  const why = coreError('WS_UNAVAILABLE', 'no cluster')
  const platform = create([store, parts([], ['cluster', 'store', { start: () => Promise.reject(why) }])])
  await expect(platform.start()).rejects.toBe(why)
})

test('a start that is given up reaches the part that is starting, and what was started is stopped', async () => {
  const log: string[] = []
  const wish = new AbortController()
  const slow = {
    start: (signal: AbortSignal) =>
      new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve()) // as those do that just end
        wish.abort(new Error('stop'))
      }),
  }
  const late: [string, Stage] = ['git', 'intake']
  const platform = create([store, parts(log, ['disk', 'store'], ['cache', 'cache', slow], late)])
  await expect(platform.start(wish.signal)).rejects.toThrow('stop')
  expect(log).toEqual(['+disk', '-cache', '-disk'])
})

test('a part that ends at its limit without an error has not started', async () => {
  const log: string[] = []
  const obeying = {
    start: (signal: AbortSignal) => new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve())),
  }
  const platform = create([store, parts(log, ['disk', 'store'], ['cache', 'cache', obeying])], { startTimeoutMs: 10 })
  await expect(platform.start()).rejects.toMatchObject({ code: 'WS_TIMEOUT' })
  expect(log).toEqual(['+disk', '-cache', '-disk'])
})

test('the signal of the start does not end what has started', async () => {
  const log: string[] = []
  const wish = new AbortController()
  let given: AbortSignal | undefined
  const noting = {
    start: (signal: AbortSignal) => {
      given = signal
      return Promise.resolve()
    },
  }
  const platform = create([store, parts(log, ['disk', 'store', noting])])
  await platform.start(wish.signal)
  wish.abort()
  expect(given?.aborted).toBe(false)
  await platform.stop()
})

test('a part that hangs is given up, and the rest still stops', async () => {
  const log: string[] = []
  const hanging = { stop: () => new Promise<void>(none) }
  const platform = create([store, parts(log, ['disk', 'store'], ['git', 'intake', hanging])], { stopTimeoutMs: 10 })
  await platform.start()
  await platform.stop()
  expect(log.at(-1)).toBe('-disk')
})

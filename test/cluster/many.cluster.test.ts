import { afterAll, beforeAll, expect, test } from 'vitest'
import { writesOf } from '../support/api-server.ts'
import { ClusterPlatform } from '../support/cluster-platform.ts'
import { eventually } from '../support/eventually.ts'
import { Population } from '../support/population.ts'

const MINUTES = 60_000
const SIZE = { customers: 30, webspaces: 10 }
const WRITTEN = ['customers', 'runtimes', 'webspaces', 'releases', 'namespaces', 'networkpolicies']
const SITES = ['deployments', 'services', 'ingresses', 'resourcequotas', 'limitranges']

let population: Population
let platform: ClusterPlatform

beforeAll(async () => {
  population = await Population.create(SIZE)
}, 5 * MINUTES)
afterAll(async () => {
  try {
    await platform.remove()
  } finally {
    await population.remove()
  }
}, 15 * MINUTES)

const since = (start: number): number => (performance.now() - start) / 1000
const megabytes = async (): Promise<number> =>
  (await platform.samples()).sum('process_resident_memory_bytes') / (1024 * 1024)

test(
  'an operator reconciles 300 Webspaces with two branches each',
  async () => {
    platform = await ClusterPlatform.start('--roles', 'operator')
    const start = performance.now()
    await population.applied()
    const applied = since(start)
    const objects = (await population.made()).length
    await population.reconciled()
    const reconciled = since(start)
    expect(objects).toBe(2 * SIZE.customers + 3 * population.releases)

    const counted = await platform.samples()
    const requests = counted.sum('rest_client_requests_total')
    console.log(
      [
        `${population.webspaces} Webspaces, ${population.releases} branches:`,
        `${objects} objects in ${applied.toFixed(1)} s, ${(objects / applied).toFixed(0)} a second;`,
        `every status in ${reconciled.toFixed(1)} s;`,
        `${(requests / population.webspaces).toFixed(1)} requests a Webspace;`,
        `${(await megabytes()).toFixed(0)} MB RSS`,
      ].join(' '),
    )
    expect(counted.sum('controller_runtime_reconcile_errors_total')).toBe(0)
  },
  15 * MINUTES,
)

test(
  'one that starts on all of it looks at everything, and writes nothing',
  async () => {
    await population.rests()
    await platform.stop()
    const writes = async (): Promise<unknown> => [
      await writesOf([...WRITTEN, ...SITES]),
      await writesOf(WRITTEN, 'status'),
    ]
    const before = { versions: await population.versions(), writes: await writes() }
    const start = performance.now()
    await platform.up()
    await eventually(
      async () => {
        const counted = await platform.samples()
        const reconciles = (controller: string): number =>
          counted.sum('controller_runtime_reconcile_total', { controller, result: 'success' })
        return {
          webspaces: reconciles('webspace'),
          releases: reconciles('release'),
          customers: reconciles('customer'),
          waiting: counted.sum('workqueue_depth') + counted.sum('controller_runtime_active_workers'),
        }
      },
      ({ webspaces, releases, customers, waiting }) =>
        webspaces >= population.webspaces &&
        releases >= population.releases &&
        customers >= SIZE.customers &&
        waiting === 0,
      5 * MINUTES,
    )
    console.log(`All looked at in ${since(start).toFixed(1)} s; ${(await megabytes()).toFixed(0)} MB RSS`)
    expect({ versions: await population.versions(), writes: await writes() }).toEqual(before)
  },
  10 * MINUTES,
)

import { readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ClusterPlatform } from '../support/cluster-platform.ts'
import { eventually } from '../support/eventually.ts'
import { kubectl } from '../support/kubectl.ts'
import { unique } from '../support/lab.ts'
import type { Person } from '../support/person.ts'
import { resource } from '../support/resources.ts'
import { must, type Ended } from '../support/run.ts'
import { serves } from '../support/service.ts'
import { nodeSite } from '../support/sites.ts'

const ada = unique('ada')
let platform: ClusterPlatform
let person: Person

beforeAll(async () => {
  platform = await ClusterPlatform.start()
  person = await platform.customer(ada, {})
})
afterAll(() => platform.remove())

test("a retained repository outlives its Webspace, is nobody else's, and can be put back", async () => {
  const name = unique('kept')
  const webspace = (spec: object): object => resource('Webspace', name, { customer: ada, runtime: 'node', ...spec })
  const url = platform.cloneUrl(name)
  const { repositories } = platform
  const remoteRefs = (): Promise<Ended> => person.git(platform.folder, 'ls-remote', url)
  const remove = (): Promise<unknown> => must(kubectl(['delete', `webspace/${name}`, '--timeout=60s']))

  await platform.apply(webspace({ reclaimPolicy: 'Retain' }))
  const kept = await person.site('kept', nodeSite('kept'), url)
  await must(kept.push())
  await remove()
  expect((await remoteRefs()).output).toContain('WS_ACCESS_DENIED')
  const [folder = '', ...others] = await readdir(join(repositories, '.retained'))
  expect([folder, others]).toEqual([expect.stringMatching(new RegExp(`^${name}-.*Z\\.git$`)), []])
  const retained = join(repositories, '.retained', folder)
  expect((await must(person.git(retained, 'rev-parse', 'main'))).stdout.trim()).toBe(await kept.head())

  await platform.apply(webspace({ reclaimPolicy: 'Delete' }))
  const empty = await eventually(remoteRefs, ({ code }) => code === 0)
  expect(empty.stdout).toBe('')
  await remove()
  expect(await readdir(join(repositories, '.retained'))).toEqual([folder])

  await rename(retained, join(repositories, `${name}.git`))
  await platform.apply(webspace({}))
  const back = await eventually(remoteRefs, ({ code }) => code === 0)
  expect(back.stdout).toContain(`${await kept.head()}\trefs/heads/main`)
  await kept.commit({})
  await must(kept.push())
  await serves(ada, name, 'kept')
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { ClusterPlatform } from '../support/cluster-platform.ts'
import { eventually } from '../support/eventually.ts'
import { namesOf } from '../support/kubectl.ts'
import { unique } from '../support/lab.ts'
import type { Site } from '../support/person.ts'
import { must } from '../support/run.ts'
import { serves, visit } from '../support/service.ts'
import { nodeSite } from '../support/sites.ts'

const [ada, blog] = [unique('ada'), unique('blog')]
const REPLICAS = 2
let platform: ClusterPlatform
let site: Site

beforeAll(async () => {
  platform = await ClusterPlatform.start()
  const person = await platform.customer(ada, { [blog]: { replicas: REPLICAS } })
  site = await person.site('blog', nodeSite('one'), platform.cloneUrl(blog))
  await must(site.push())
  await serves(ada, blog, 'one')
})
afterAll(() => platform.remove())

test.each([
  ['a connection for each request', false, 'one', 'two'],
  ['connections that are kept', true, 'two', 'three'],
])('a client with %s sees no failure while a new version is rolled out', async (_what, keepAlive, old, next) => {
  const visitor = await visit(ada, blog, { keepAlive })
  await visitor.sees(old)
  await site.commit({ 'text.txt': next })
  await must(site.push())
  // The former pods have been told to go by then, and may be asked until they have gone.
  await eventually(
    () => namesOf('pods', `--namespace=customer-${ada}`),
    (pods) => pods.length === REPLICAS,
    120_000,
  )
  await visitor.sees(next, 100)
  expect(await visitor.leave()).toEqual([`200 ${old}`, `200 ${next}`].toSorted())
})

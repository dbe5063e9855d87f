import { Agent } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ClusterPlatform } from '../support/cluster-platform.ts'
import { eventually } from '../support/eventually.ts'
import { get } from '../support/http.ts'
import { unique } from '../support/lab.ts'
import type { Site } from '../support/person.ts'
import { must } from '../support/run.ts'
import { addressOf, serves } from '../support/service.ts'
import { nodeSite } from '../support/sites.ts'

const [ada, blog] = [unique('ada'), unique('blog')]
let platform: ClusterPlatform
let site: Site

beforeAll(async () => {
  platform = await ClusterPlatform.start()
  const person = await platform.customer(ada, { [blog]: { replicas: 2 } })
  site = await person.site('blog', nodeSite('one'), platform.cloneUrl(blog))
  await must(site.push())
  await serves(ada, blog, 'one')
})
afterAll(() => platform.remove())

test.each([
  ['a connection for each request', false, 'one', 'two'],
  ['connections that are kept', true, 'two', 'three'],
])('a client with %s sees no failure while a new version is rolled out', async (_what, keepAlive, old, next) => {
  const address = await addressOf(ada, blog)
  const agent = new Agent({ keepAlive })
  const seen = new Map<string, number>()
  const over = new AbortController()
  const client = (async () => {
    while (!over.signal.aborted) {
      const answer = await get({ address, port: 80, agent }).then(({ status, body }) => `${status} ${body}`, String)
      seen.set(answer, (seen.get(answer) ?? 0) + 1)
    }
  })()
  await site.commit({ 'text.txt': next })
  await must(site.push())
  const soFar = seen.get(`200 ${next}`) ?? 0
  await eventually(
    () => (seen.get(`200 ${next}`) ?? 0) - soFar,
    (count) => count > 1000,
  )
  over.abort()
  await client
  agent.destroy()
  expect([...seen.keys()].sort()).toEqual([`200 ${old}`, `200 ${next}`].sort())
})

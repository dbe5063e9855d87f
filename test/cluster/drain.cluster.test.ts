import { afterAll, beforeAll, expect, test } from 'vitest'
import { ClusterPlatform } from '../support/cluster-platform.ts'
import { eventually } from '../support/eventually.ts'
import { unique } from '../support/lab.ts'
import type { Site } from '../support/person.ts'
import { must } from '../support/run.ts'
import { serves } from '../support/service.ts'
import { nodeSite } from '../support/sites.ts'

const [ada, blog] = [unique('ada'), unique('blog')]
let platform: ClusterPlatform
let site: Site

beforeAll(async () => {
  platform = await ClusterPlatform.start()
  const person = await platform.customer(ada, { [blog]: {} })
  site = await person.site('blog', nodeSite('one', `sleep 8 && node build.js ${blog}`), platform.cloneUrl(blog))
})
afterAll(async () => {
  await platform.up()
  await platform.remove()
})

test('a platform that is told to end lets a push that is building go live, and takes no other', async () => {
  expect((await platform.readiness()).status).toBe(200)
  const pushing = must(site.push())
  await eventually(
    () => platform.output,
    (text) => text.includes('build started'),
  )
  const ended = platform.stop()
  await eventually(
    () => platform.readiness(),
    ({ status }) => status === 503,
  )
  expect((await site.git('ls-remote', 'origin')).code).not.toBe(0)
  expect((await pushing).output).toContain('Live at')
  expect(await ended).toBe(0)
  await serves(ada, blog, 'one')
})

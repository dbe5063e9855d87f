import { afterAll, beforeAll, expect, test } from 'vitest'
import { ClusterPlatform } from '../support/cluster-platform.ts'
import { releasesOf } from '../support/kubectl.ts'
import { lab, unique } from '../support/lab.ts'
import { leavesNothing } from '../support/leftovers.ts'
import type { Site } from '../support/person.ts'
import { must } from '../support/run.ts'
import { serves } from '../support/service.ts'
import { nodeSite } from '../support/sites.ts'

const [ada, blog] = [unique('ada'), unique('blog')]
const BASE = 'FROM node:24-bookworm-slim\n'
let platform: ClusterPlatform
let site: Site

beforeAll(async () => {
  platform = await ClusterPlatform.start('--build-memory-mib', '256', '--build-seconds', '15', '--max-tree-mib', '1')
  const person = await platform.customer(ada, { [blog]: {} })
  site = await person.site('blog', nodeSite('one'), platform.cloneUrl(blog))
})
afterAll(() => platform.remove())

test.each([
  ['memory', { Dockerfile: `${BASE}RUN node -e "Buffer.alloc(1e9, 1)"\n` }, ['WS_BUILD_FAILED', 'more memory']],
  ['time', { Dockerfile: `${BASE}RUN sleep 600\n` }, ['WS_BUILD_TIMEOUT', '15 s']],
  ['size', { 'large.txt': '0123456789'.repeat(200_000) }, ['WS_PUSH_TOO_LARGE']],
])('a build that is over its limit of %s is refused', async (_limit, files, reasons) => {
  await site.commit(files)
  const { repositories } = platform
  await leavesNothing({ daemon: ['--host', lab('DOCKER_HOST')], repositories, webspace: blog }, async () => {
    const pushed = await site.push()
    expect(pushed.code).not.toBe(0)
    for (const reason of reasons) expect(pushed.output).toContain(reason)
  })
  expect(await releasesOf(blog)).toEqual([])
  await must(site.git('reset', '-q', '--hard', 'HEAD^'))
})

test('within them it goes live', async () => {
  await must(site.push())
  await serves(ada, blog, 'one')
})

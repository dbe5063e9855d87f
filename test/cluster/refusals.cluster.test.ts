import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest'
import { ClusterPlatform, namesOf, serves } from '../support/cluster-platform.ts'
import { lab, startPart, stopPart, unique } from '../support/lab.ts'
import { must, type Site } from '../support/person.ts'
import { nodeSite } from '../support/sites.ts'

const [ada, blog] = [unique('ada'), unique('blog')]
let platform: ClusterPlatform
let site: Site

// Builds are on the daemon with TLS, so that it can be stopped without the pods, which run on the other one.
const BUILDER = ['--docker', lab('DOCKER_TLS_HOST'), '--docker-cert-path', lab('DOCKER_TLS_CERT_PATH')]

beforeAll(async () => {
  platform = await ClusterPlatform.start(...BUILDER)
  const person = await platform.customer(ada, { [blog]: {} })
  site = await person.site('blog', nodeSite('one'), platform.cloneUrl(blog))
  await must(site.push())
  await serves(ada, blog, 'one')
})
afterAll(() => platform.remove())
afterEach(async () => {
  for (const part of ['registry', 'dockerd-tls']) await startPart(part)
})

/** Refused with this, and nothing else has happened. */
async function isRefused(files: Readonly<Record<string, string>>, ...reasons: readonly string[]): Promise<void> {
  onTestFinished(async () => {
    await must(site.git('reset', '-q', '--hard', 'HEAD^'))
  })
  const before = (await must(site.git('ls-remote', 'origin'))).stdout
  await site.commit(files)
  const pushed = await site.push()
  expect(pushed.code).not.toBe(0)
  for (const reason of reasons) expect(pushed.output).toContain(reason)
  expect((await must(site.git('ls-remote', 'origin'))).stdout).toBe(before)
  expect((await namesOf('releases')).filter((name) => name.includes(`/${blog}-`))).toHaveLength(1)
  await serves(ada, blog, 'one')
}

test('a failing build is refused with its output', () =>
  isRefused(
    { 'build.js': "console.log('about to fail'); process.exit(3)" },
    'about to fail',
    'WS_BUILD_FAILED',
    'pre-receive hook declined',
  ))

test('a base image that is not there is named', () =>
  isRefused({ Dockerfile: `FROM ${lab('REGISTRY')}/no-such-image:1\n` }, 'WS_DOCKER_BASE_IMAGE', 'no-such-image:1'))

test('without the registry a push is refused', async () => {
  await stopPart('registry')
  await isRefused({ 'text.txt': 'two' }, 'WS_REGISTRY_UNAVAILABLE')
})

test('without the daemon a push is refused', async () => {
  await stopPart('dockerd-tls')
  await isRefused({ 'text.txt': 'three' }, 'WS_BUILDER_UNAVAILABLE')
})

test('with both back the same push goes live', async () => {
  await site.commit({ 'text.txt': 'four' })
  await must(site.push())
  await serves(ada, blog, 'four')
})

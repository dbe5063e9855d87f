import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { ClusterPlatform } from '../support/cluster-platform.ts'
import { releasesOf } from '../support/kubectl.ts'
import { lab, startPart, stopPart, unique } from '../support/lab.ts'
import type { Site } from '../support/person.ts'
import { leavesNothing as leavesNothingIn } from '../support/leftovers.ts'
import { must } from '../support/run.ts'
import { serves, visit } from '../support/service.ts'
import { nodeSite } from '../support/sites.ts'
import type { Visitor } from '../support/visitor.ts'

const [ada, blog] = [unique('ada'), unique('blog')]
let platform: ClusterPlatform
let site: Site
/** Asks from the first push to the last, so that nothing is missed in between. */
let visitor: Visitor

// Builds are on the daemon with TLS, so that it can be stopped without the pods, which run on the other one.
const [HOST, CERTIFICATES] = [lab('DOCKER_TLS_HOST'), lab('DOCKER_TLS_CERT_PATH')]
const BUILDER = ['--docker', HOST, '--docker-cert-path', CERTIFICATES]
const DOCKER = [
  ...['--host', HOST, '--tlsverify', '--tlscacert', `${CERTIFICATES}/ca.pem`],
  ...['--tlscert', `${CERTIFICATES}/cert.pem`, '--tlskey', `${CERTIFICATES}/key.pem`],
]

beforeAll(async () => {
  platform = await ClusterPlatform.start(...BUILDER)
  const person = await platform.customer(ada, { [blog]: {} })
  site = await person.site('blog', nodeSite('one'), platform.cloneUrl(blog))
  await must(site.push())
  await serves(ada, blog, 'one')
  visitor = await visit(ada, blog, { pauseMs: 20 })
})
afterAll(() => platform.remove())

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
  expect(await releasesOf(blog)).toHaveLength(1)
  await visitor.sees('one')
}

const leavesNothing = (refusal: () => Promise<void>, limitMs?: number): Promise<void> =>
  leavesNothingIn({ daemon: DOCKER, repositories: platform.repositories, webspace: blog }, refusal, limitMs)

async function without(part: string, work: () => Promise<void>): Promise<void> {
  await stopPart(part)
  try {
    await work()
  } finally {
    await startPart(part)
  }
}

const FAILING = { 'build.js': "console.log('about to fail'); process.exit(3)" }

test('a failing build is refused with its output', () =>
  leavesNothing(() => isRefused(FAILING, 'about to fail', 'WS_BUILD_FAILED', 'pre-receive hook declined')))

test('a base image that is not there is named', () =>
  leavesNothing(() =>
    isRefused({ Dockerfile: `FROM ${lab('REGISTRY')}/no-such-image:1\n` }, 'WS_DOCKER_BASE_IMAGE', 'no-such-image:1'),
  ))

test('of two branches neither is taken when one fails, and the image of the other goes', { timeout: 240_000 }, () =>
  leavesNothing(async () => {
    onTestFinished(async () => {
      await must(site.git('reset', '-q', '--hard', 'HEAD^^'))
    })
    await site.commit({ 'text.txt': 'good' })
    await must(site.git('branch', 'a-good'))
    await site.commit(FAILING)
    const pushed = await site.push('a-good', 'HEAD:b-bad')
    expect(pushed.code).not.toBe(0)
    expect(pushed.output).toContain('Pushing the image to the registry')
    expect(pushed.output).toContain('WS_BUILD_FAILED')
    expect((await must(site.git('ls-remote', 'origin'))).stdout).not.toContain('a-good')
  }, 120_000),
)

test('without the registry a push is refused', () =>
  leavesNothing(() => without('registry', () => isRefused({ 'text.txt': 'two' }, 'WS_REGISTRY_UNAVAILABLE'))))

test('without the daemon a push is refused', () =>
  leavesNothing(() => without('dockerd-tls', () => isRefused({ 'text.txt': 'three' }, 'WS_BUILDER_UNAVAILABLE'))))

test('whoever visited the site all the while saw the old version, and no failure', async () => {
  expect(await visitor.leave()).toEqual(['200 one'])
})

test('with both back the same push goes live', async () => {
  await site.commit({ 'text.txt': 'four' })
  await must(site.push())
  await serves(ada, blog, 'four')
})

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { ClusterPlatform } from '../support/cluster-platform.ts'
import { lab, startPart, stopPart, unique } from '../support/lab.ts'
import type { Site } from '../support/person.ts'
import { must } from '../support/run.ts'
import { nodeSite } from '../support/sites.ts'

const ada = unique('ada')
/** Each prefers one of two daemons, by its name: of so many some prefer the second. */
const webspaces = Array.from({ length: 20 }, (_, index) => unique(`site-${index}`))
const FIRST = lab('DOCKER_HOST').replace('tcp:', 'http:')
const SECOND = lab('DOCKER_TLS_HOST')
let platform: ClusterPlatform
let site: Site
let webspace = ''

beforeAll(async () => {
  platform = await ClusterPlatform.start(
    ...['--docker', `${FIRST},${SECOND}`, '--docker-cert-path', lab('DOCKER_TLS_CERT_PATH')],
  )
  const person = await platform.customer(ada, Object.fromEntries(webspaces.map((name) => [name, { replicas: 0 }])))
  site = await person.site('site', nodeSite('one'), platform.cloneUrl(webspaces[0] ?? ''))
})
afterAll(() => platform.remove())
afterEach(() => startPart('dockerd-tls'))

/** Pushes something new. @returns the daemons that it was built on, in turn */
async function push(name: string): Promise<readonly string[]> {
  await site.commit({ 'text.txt': `${name} ${performance.now()}` })
  const logged = platform.output.length
  await must(site.git('push', platform.cloneUrl(name), 'HEAD:main'))
  return [...platform.output.slice(logged).matchAll(/build started .*daemon=(\S+)/g)].map(([, daemon = '']) => daemon)
}

test('a Webspace is built on the daemon that it prefers', async () => {
  const used = new Map<string, readonly string[]>()
  for (const name of webspaces) {
    used.set(name, await push(name))
    webspace = name
    if (used.get(name)?.includes(SECOND) === true) break
  }
  expect(used.get(webspace)).toEqual([SECOND])
  expect(await push(webspace)).toEqual([SECOND])
})

test('while that one is down it is built on the other, and after that again where it was', async () => {
  await stopPart('dockerd-tls')
  expect((await push(webspace)).at(-1)).toBe(FIRST)
  await startPart('dockerd-tls')
  await expect.poll(() => push(webspace), { timeout: 90_000 }).toEqual([SECOND])
})

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { ClusterPlatform, getObject, serves } from '../support/cluster-platform.ts'
import { startPart, stopPart, unique } from '../support/lab.ts'
import { eventually, must, type Ended, type Site } from '../support/person.ts'
import { nodeSite } from '../support/sites.ts'

const [ada, blog] = [unique('ada'), unique('blog')]
let platform: ClusterPlatform
let site: Site

beforeAll(async () => {
  platform = await ClusterPlatform.start()
  const person = await platform.customer(ada, { [blog]: {} })
  site = await person.site('blog', nodeSite('one'), platform.cloneUrl(blog))
  await must(site.push())
})
afterAll(() => platform.remove())
afterEach(() => startPart('apiserver'))

const SLOW_BUILD = 'sleep 6 && node build.js'

/** Pushes, and resolves when the platform has logged this. The push itself goes on. */
async function pushUntil(message: string): Promise<{ readonly pushed: Promise<Ended> }> {
  const logged = platform.output.length
  const pushed = site.push()
  await eventually(
    () => platform.output.slice(logged),
    (text) => text.includes(message),
  )
  return { pushed }
}

/** The commits of the branch and of the last Release that counts are the same once all is settled. */
async function agrees(): Promise<void> {
  interface Releases {
    readonly items: readonly {
      readonly spec: { readonly webspace: string; readonly number: number; readonly commit: string }
      readonly status?: { readonly phase?: string }
    }[]
  }
  const ref = (await must(site.git('ls-remote', 'origin', 'refs/heads/main'))).stdout.split('\t')[0]
  await eventually(
    async () => {
      const { items } = await getObject<Releases>('releases')
      return items
        .filter(({ spec, status }) => spec.webspace === blog && status?.phase === 'Accepted')
        .sort((a, b) => b.spec.number - a.spec.number)[0]?.spec.commit
    },
    (commit) => commit === ref,
  )
}

test('an API server that goes and comes back during a build leaves no trace in the push', async () => {
  await site.commit(nodeSite('two', SLOW_BUILD))
  const { pushed } = await pushUntil('build started')
  await stopPart('apiserver')
  await startPart('apiserver')
  expect((await must(pushed)).output).toContain('Live at')
  await serves(ada, blog, 'two')
  await agrees()
})

test('one that is away when a build ends has the push refused, and the old version answers', async () => {
  // Longer than an API server takes to end what it has begun.
  await site.commit(nodeSite('three', 'sleep 30 && node build.js'))
  const { pushed } = await pushUntil('build started')
  await stopPart('apiserver')
  const { code, output } = await pushed
  expect(code).not.toBe(0)
  expect(output).toContain('WS_UNAVAILABLE')
  await startPart('apiserver')
  await serves(ada, blog, 'two')
  await agrees()
})

test('the same push goes through when it is back', async () => {
  expect((await must(site.push())).output).toContain('Live at')
  await serves(ada, blog, 'three')
  await agrees()
})

test('without it a push is refused before anything is built, and says why', async () => {
  await stopPart('apiserver')
  await site.commit({ 'text.txt': 'four' })
  const logged = platform.output.length
  const { code, output } = await site.push()
  expect(code).not.toBe(0)
  expect(output).toContain('WS_UNAVAILABLE')
  expect(platform.output.slice(logged)).not.toContain('build started')
})

test('one that goes and comes back during a rollout does not keep it from going live', async () => {
  await site.commit(nodeSite('five'))
  const { pushed } = await pushUntil('push accepted')
  await stopPart('apiserver')
  await startPart('apiserver')
  await must(pushed)
  await serves(ada, blog, 'five')
  await agrees()
})

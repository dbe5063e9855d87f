import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { ClusterPlatform } from '../support/cluster-platform.ts'
import { eventually } from '../support/eventually.ts'
import { getObject } from '../support/kubectl.ts'
import { startPart, stopPart, unique } from '../support/lab.ts'
import type { Site } from '../support/person.ts'
import { must, type Ended } from '../support/run.ts'
import { serves, visit } from '../support/service.ts'
import { nodeSite, slowSite } from '../support/sites.ts'

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

/** An API server may take 20 s to end what it has begun. */
const TIMES = { timeout: 300_000 }

/** Longer than an API server takes to end and to be started again. The name is there so that no layer is in a cache. */
const SPANS_A_RESTART = `sleep 50 && node build.js ${blog}`
/** Longer than it takes to end, so that the build ends while it is away. */
const SPANS_AN_END = `sleep 30 && node build.js ${blog}`

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

interface Releases {
  readonly items: readonly {
    readonly spec: { readonly number: number; readonly commit: string }
    readonly status?: { readonly phase?: string; readonly rollout?: { readonly phase: string } }
  }[]
}

const releases = async (): Promise<Releases['items']> =>
  (await getObject<Releases>('releases', `--selector=webspaces.dev/webspace=${blog}`)).items

/** The commits of the branch and of the last Release are the same once all is settled, and no Release is left over. */
async function agrees(): Promise<void> {
  const ref = (await must(site.git('ls-remote', 'origin', 'refs/heads/main'))).stdout.split('\t')[0]
  await eventually(
    async () => {
      const all = await releases()
      const accepted = all.filter(({ status }) => status?.phase === 'Accepted')
      return {
        others: all.length - accepted.length,
        commit: accepted.toSorted((a, b) => b.spec.number - a.spec.number)[0]?.spec.commit,
      }
    },
    ({ commit, others }) => commit === ref && others === 0,
  )
}

test('an API server that goes and comes back during a build leaves no trace in the push', TIMES, async () => {
  await site.commit(nodeSite('two', SPANS_A_RESTART))
  const { pushed } = await pushUntil('build started')
  const logged = platform.output.length
  await stopPart('apiserver')
  await startPart('apiserver')
  expect(platform.output.slice(logged)).not.toContain('image pushed')
  const { output } = await must(pushed)
  expect(output).toContain('Live at')
  expect(output).not.toContain('WS_')
  await serves(ada, blog, 'two')
  await agrees()
})

test('one that comes back just after a build has ended is waited for', TIMES, async () => {
  await site.commit(nodeSite('two and a half', SPANS_AN_END))
  const { pushed } = await pushUntil('build started')
  const logged = platform.output.length
  await stopPart('apiserver')
  await eventually(
    () => platform.output.slice(logged),
    (text) => text.includes('image pushed'),
  )
  await startPart('apiserver')
  expect((await must(pushed)).output).toContain('Live at')
  await serves(ada, blog, 'two and a half')
  await agrees()
})

test('one that is away when a build ends has the push refused, and the old version answers', TIMES, async () => {
  const visitor = await visit(ada, blog, { pauseMs: 20 })
  await site.commit(nodeSite('three', SPANS_AN_END))
  const { pushed } = await pushUntil('build started')
  await stopPart('apiserver')
  const { code, output } = await pushed
  expect(code).not.toBe(0)
  expect(output).toContain('WS_UNAVAILABLE')
  await startPart('apiserver')
  await visitor.sees('two and a half')
  expect(await visitor.leave()).toEqual(['200 two and a half'])
  await agrees()
})

test('the same push goes through when it is back', async () => {
  expect((await must(site.push())).output).toContain('Live at')
  await serves(ada, blog, 'three')
  await agrees()
})

test('without it a push is refused before anything is built, and says why', TIMES, async () => {
  await stopPart('apiserver')
  await site.commit({ 'text.txt': 'four' })
  const logged = platform.output.length
  const { code, output } = await site.push()
  expect(code).not.toBe(0)
  expect(output).toContain('WS_UNAVAILABLE')
  expect(platform.output.slice(logged)).not.toContain('build started')
})

test('one that goes and comes back during a rollout does not keep it from going live', TIMES, async () => {
  await site.commit(slowSite('five', 40))
  const visitor = await visit(ada, blog, { pauseMs: 20 })
  const pushed = site.push()
  await eventually(releases, (all) => all.some(({ status }) => status?.rollout?.phase === 'Progressing'), 60_000)
  await stopPart('apiserver')
  await visitor.sees('three')
  // Once it is back, the nodes may hear of the new pods, and of the end of the old ones, half a minute late.
  expect(await visitor.leave()).toEqual(['200 three'])
  await startPart('apiserver')
  await must(pushed)
  await serves(ada, blog, 'five')
  await agrees()
})

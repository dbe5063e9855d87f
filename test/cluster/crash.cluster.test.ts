import { afterAll, beforeAll, expect, test } from 'vitest'
import { ClusterPlatform, getObject, serves } from '../support/cluster-platform.ts'
import { unique } from '../support/lab.ts'
import { must, type Site } from '../support/person.ts'
import { nodeSite } from '../support/sites.ts'

interface Release {
  readonly status: {
    readonly phase: string
    readonly rollout: { readonly phase: string; readonly log?: readonly string[] }
    readonly conditions: readonly { readonly type: string; readonly status: string; readonly reason: string }[]
  }
}

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

test('a version that crashes at start is accepted, told with its last lines, and the old one answers', async () => {
  await site.commit({ 'server.js': "console.error('no database here'); process.exit(1)" })
  const { output } = await must(site.push())
  expect(output).toContain('rollout failed')
  expect(output).toContain('no database here')
  expect(output).toContain('the former version keeps serving')
  await serves(ada, blog, 'one')
})

test('its Release says so', async () => {
  const { status } = await getObject<Release>('release', `${blog}-2`)
  expect(status.phase).toBe('Accepted')
  expect(status.rollout.phase).toBe('Failed')
  expect(status.rollout.log?.join('\n')).toContain('no database here')
  expect(status.conditions).toContainEqual(
    expect.objectContaining({ type: 'Stalled', status: 'True', reason: 'RolloutFailed' }),
  )
})

test('the next good push heals it', async () => {
  await site.commit(nodeSite('three'))
  expect((await must(site.push())).output).toContain('Live at')
  await serves(ada, blog, 'three')
  expect((await getObject<Release>('release', `${blog}-3`)).status.rollout.phase).toBe('Live')
})

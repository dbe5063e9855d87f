import { afterAll, beforeAll, expect, test } from 'vitest'
import { ClusterPlatform } from '../support/cluster-platform.ts'
import { eventually } from '../support/eventually.ts'
import { getObject, kubectl } from '../support/kubectl.ts'
import { unique } from '../support/lab.ts'
import type { Site } from '../support/person.ts'
import { must } from '../support/run.ts'
import { addressOf, serves, visit } from '../support/service.ts'
import { nodeSite } from '../support/sites.ts'

interface Release {
  readonly status: {
    readonly phase: string
    readonly rollout: { readonly phase: string; readonly log?: readonly string[] }
    readonly conditions: readonly { readonly type: string; readonly status: string; readonly reason: string }[]
  }
}

const [ada, blog, stock] = [unique('ada'), unique('blog'), unique('stock')]
let platform: ClusterPlatform
let site: Site

beforeAll(async () => {
  platform = await ClusterPlatform.start()
  const person = await platform.customer(ada, { [blog]: {}, [stock]: { replicas: 0 } })
  site = await person.site('blog', nodeSite('one'), platform.cloneUrl(blog))
  await must(site.push())
  await serves(ada, blog, 'one')
  await must(site.git('push', platform.cloneUrl(stock), 'HEAD:main'))
})
afterAll(() => platform.remove())

const CRASH = 'for (let n = 1; n <= 30; n += 1) console.error(`reason ${n}.`); process.exit(1)'
const LAST_LINES = Array.from({ length: 20 }, (_, index) => `reason ${index + 11}.`)

test('a version that crashes at start is accepted, told with its last lines, and the old one answers', async () => {
  const visitor = await visit(ada, blog)
  await site.commit({ 'server.js': CRASH })
  const { output } = await must(site.push())
  expect(output).toContain('rollout failed')
  for (const line of LAST_LINES) expect(output).toContain(line)
  expect(output).not.toContain('reason 10.')
  expect(output).toContain('the former version keeps serving')
  await visitor.sees('one')
  expect(await visitor.leave()).toEqual(['200 one'])
})

test('its Release says so', async () => {
  const { status } = await getObject<Release>('release', `${blog}-2`)
  expect(status.phase).toBe('Accepted')
  expect(status.rollout.phase).toBe('Failed')
  expect(status.rollout.log).toEqual(LAST_LINES)
  expect(status.conditions).toContainEqual(
    expect.objectContaining({ type: 'Stalled', status: 'True', reason: 'RolloutFailed' }),
  )
})

test('the next good push heals it', async () => {
  await site.commit(nodeSite('three'))
  expect((await must(site.push())).output).toContain('Live at')
  await serves(ada, blog, 'three')
  expect((await getObject<Release>('release', `${blog}-3`)).status.rollout.phase).toBe('Live')
  await must(kubectl(['wait', '--for=condition=Ready', `webspace/${blog}`, '--timeout=60s']))
})

test('a version that was given up is live once what it needs is there', async () => {
  const needed = JSON.stringify({ host: await addressOf(ada, stock), port: 80 })
  const { 'server.js': server = '' } = nodeSite('')
  await site.commit({
    'server.js': `
const tooLate = setTimeout(() => process.exit(1), 1000)
const needed = require('node:net').connect(${needed}, () => {
  clearTimeout(tooLate)
  needed.destroy()
  require('./site.js')
})
needed.on('error', () => process.exit(1))
`,
    'site.js': server,
    'text.txt': 'four',
  })
  expect((await must(site.push())).output).toContain('rollout failed')
  await must(kubectl(['scale', `ws/${stock}`, '--replicas=1']))
  // The next try may be 40 s away.
  const phase = async (): Promise<string> => (await getObject<Release>('release', `${blog}-4`)).status.rollout.phase
  await eventually(phase, (now) => now === 'Live', 90_000)
  await serves(ada, blog, 'four')
})

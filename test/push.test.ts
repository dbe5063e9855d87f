import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from './support/eventually.ts'
import type { Person, Site } from './support/person.ts'
import { Platform } from './support/platform.ts'
import { resource } from './support/resources.ts'
import { must } from './support/run.ts'
import { nodeSite } from './support/sites.ts'
import { Visitor } from './support/visitor.ts'

interface Status {
  readonly status?: { readonly branches?: readonly { readonly branch: string; readonly url: string }[] }
}

let platform: Platform
let ada: Person
let site: Site

beforeAll(async () => {
  platform = await Platform.start()
  ada = await platform.customer('ada', { blog: {} })
  site = await ada.site('blog', nodeSite('one'), platform.cloneUrl('blog'))
})
afterAll(() => platform.remove())

const page = async (host = 'blog.localhost'): Promise<string> => (await platform.fetch(host)).body
const urls = async (): Promise<string[]> => {
  const { status } = await platform.get<Status>('webspace', 'blog')
  return (status?.branches ?? []).map(({ url }) => url)
}

test('the first push goes live, and says where', async () => {
  const pushed = await must(site.push())
  expect(pushed.output).toContain('page written')
  expect(pushed.output).toContain(`http://blog.localhost:${platform.httpPort}`)
  expect(await page()).toBe('one')
})

test('a clone, an edit, a push: live when the push ends, and nobody sees a failure meanwhile', async () => {
  const clone = `${site.folder}-clone`
  await must(ada.git(platform.folder, 'clone', '-q', platform.cloneUrl('blog'), clone))
  const visitor = new Visitor((agent) => platform.fetch('blog.localhost', '/', { agent }), { keepAlive: true })
  await site.commit({ 'text.txt': 'two' })
  await must(site.push())
  expect(await page()).toBe('two')
  // The former version has been stopped by then; go on asking until that is behind us.
  await visitor.sees('two', 20)
  expect(await visitor.leave()).toEqual(['200 one', '200 two'])
})

test('a failing build is refused with its output, the ref stays, and the old version answers', async () => {
  const before = (await must(site.git('ls-remote', 'origin', 'refs/heads/main'))).stdout
  await site.commit({ 'build.js': "console.log('about to fail'); process.exit(3)" })
  const pushed = await site.push()
  expect(pushed.code).not.toBe(0)
  expect(pushed.output).toContain('about to fail')
  expect(pushed.output).toContain('WS_BUILD_FAILED')
  expect(pushed.output).toContain('pre-receive hook declined')
  expect((await must(site.git('ls-remote', 'origin', 'refs/heads/main'))).stdout).toBe(before)
  expect(await page()).toBe('two')
  await must(site.git('reset', '-q', '--hard', 'HEAD^'))
})

test('a version that crashes at start is accepted and told, the old one answers, the next push heals', async () => {
  await site.commit({ 'server.js': "console.error('no database here'); process.exit(1)" })
  const pushed = await must(site.push())
  expect(pushed.output).toContain('rollout failed')
  expect(pushed.output).toContain('no database here')
  expect(await page()).toBe('two')
  await site.commit({ ...nodeSite('three') })
  await must(site.push())
  expect(await page()).toBe('three')
})

test('branches get hosts of their own, and lose them when they go, also while nothing runs', async () => {
  await site.commit({ 'text.txt': 'slash' })
  const slash = await must(site.push('HEAD:feature/x'))
  await site.commit({ 'text.txt': 'dash' })
  const dash = await must(site.push('HEAD:feature-x'))
  const hostOf = (output: string): string => /http:\/\/([^:\s]+\.blog\.localhost)/.exec(output)?.[1] ?? 'none'
  expect(hostOf(dash.output)).toBe('feature-x.blog.localhost')
  expect(hostOf(slash.output)).not.toBe(hostOf(dash.output))
  expect(await page(hostOf(slash.output))).toBe('slash')
  expect(await page(hostOf(dash.output))).toBe('dash')
  expect(await page()).toBe('three')

  await must(site.push('--delete', 'feature/x'))
  await eventually(
    () => platform.fetch(hostOf(slash.output)),
    ({ status }) => status === 404,
  )
  expect(await page(hostOf(dash.output))).toBe('dash')

  await platform.stop()
  await must(ada.git(`${platform.dir}/repositories/blog.git`, 'update-ref', '-d', 'refs/heads/feature-x'))
  await platform.up()
  await eventually(urls, (list) => list.length === 1)
  await eventually(
    () => platform.fetch('feature-x.blog.localhost'),
    ({ status }) => status === 404,
  )
  await eventually(
    () => platform.fetch('blog.localhost'),
    ({ body }) => body === 'three',
  )
})

test('the same tree on another branch is not built again', async () => {
  const pushed = await must(site.push('HEAD:again'))
  expect(pushed.output).not.toContain('page written')
  expect(pushed.output).toContain('built before')
  await must(site.push('--delete', 'again'))
})

test('a repository with its own Dockerfile is refused with the two ways out', async () => {
  await site.commit({ Dockerfile: 'FROM scratch\n' })
  const pushed = await site.push('HEAD:docker')
  expect(pushed.output).toContain('WS_PUSH_DOCKERFILE')
  expect(pushed.output).toMatch(/Remove the Dockerfile.*or push to a platform/s)
  await must(site.git('reset', '-q', '--hard', 'HEAD^'))
})

test('what a push is not allowed to do is refused with the code and the way out', async () => {
  await must(site.git('checkout', '-q', '--orphan', 'elsewhere'))
  await must(site.git('commit', '-q', '-m', 'another beginning'))
  expect((await site.push('--force', 'HEAD:main')).output).toContain('WS_PUSH_NON_FAST_FORWARD')
  expect((await site.push('--delete', 'main')).output).toContain('WS_PUSH_PRODUCTION_DELETE')
  expect((await site.push('HEAD:refs/notes/x')).output).toContain('WS_PUSH_REF')
  expect((await site.push('-o', 'faster', 'HEAD:x')).output).toContain('WS_PUSH_OPTION')
  expect(await page()).toBe('three')
})

test('a change of the environment is a new release, and a deleted webspace leaves nothing', async () => {
  await site.commit({
    ...nodeSite('unused'),
    'server.js':
      "require('node:http').createServer((q, r) => r.end(process.env.COLOUR ?? 'none')).listen(process.env.PORT)",
  })
  await platform.apply(
    resource('Webspace', 'shop', { customer: 'ada', runtime: 'node', env: [{ name: 'COLOUR', value: 'red' }] }),
  )
  await must(site.git('push', platform.cloneUrl('shop'), 'HEAD:main'))
  expect(await page('shop.localhost')).toBe('red')
  await platform.apply(
    resource('Webspace', 'shop', { customer: 'ada', runtime: 'node', env: [{ name: 'COLOUR', value: 'blue' }] }),
  )
  await eventually(
    () => page('shop.localhost'),
    (text) => text === 'blue',
  )
  await must(platform.command(['delete', 'webspace', 'shop']))
  await eventually(
    () => platform.fetch('shop.localhost'),
    ({ status }) => status === 404,
  )
  const left = await platform.list<{ spec: { webspace: string } }>('releases')
  expect(left.filter(({ spec }) => spec.webspace === 'shop')).toEqual([])
  expect((await site.git('ls-remote', platform.cloneUrl('shop'))).output).toContain('WS_ACCESS_DENIED')
})

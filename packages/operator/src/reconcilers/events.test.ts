import { afterEach, beforeEach, expect, test } from 'vitest'
import { Customer, KubernetesEvent, Release, RuntimeResource, Webspace, type KubernetesObject } from '@webspaces/core'
import { ALONE, LEADERSHIP, type Leadership } from '../controller/leadership.ts'
import { events } from './plugins.ts'
import { World } from './world.test.kit.ts'

let world: World
let leadership: Leadership = ALONE
const election = {
  name: 'election',
  contractVersion: 1,
  register: (container: Parameters<ReturnType<typeof events>['register']>[0]) =>
    container.provide(LEADERSHIP, { useFactory: () => leadership }),
}

beforeEach(async () => {
  leadership = ALONE
  world = await World.start({ plugins: [election, events()] })
  await world.customer('ada')
  await world.apply(RuntimeResource, 'node', { plugin: 'node' })
  await world.webspace('blog')
})
afterEach(() => world.stop())

/** A push a second after what was before, which is as exact as the times of Events are. */
async function push(branch = 'main'): Promise<string> {
  await world.clock.advance(1000)
  return world.push('blog', branch)
}

/** `Type Reason xCount message` of every Event about an object, in the order in which they came. */
async function eventsOf(object: Pick<KubernetesObject, 'kind'>, name: string): Promise<string[]> {
  const all = await world.cluster.list(KubernetesEvent)
  return all
    .filter(({ involvedObject }) => involvedObject.kind === object.kind && involvedObject.name === name)
    .sort((a, b) => a.firstTimestamp.localeCompare(b.firstTimestamp))
    .map(({ type, reason, count, message }) => `${type} ${reason} x${count} ${message}`)
}

test('a release that goes live and one that fails are told of at the Webspace and at the Release', async () => {
  const first = await push()
  world.broken.add('blog-2')
  await push()
  expect(await eventsOf(Webspace, 'blog')).toEqual([
    `Normal Succeeded x1 ${first} is live at http://blog.localhost`,
    'Warning RolloutFailed x1 blog-2: exits at once',
  ])
  expect(await eventsOf(Release, 'blog-2')).toEqual(['Warning RolloutFailed x1 exits at once'])
})

test('a preview that goes live and is taken down is told of at its Webspace, its replacement once', async () => {
  await push('try')
  await push('try')
  await world.clock.advance(1000)
  await world.change(Webspace, 'blog', { previews: { enabled: false } })
  expect(await eventsOf(Webspace, 'blog')).toEqual([
    'Normal Succeeded x1 blog-1 (try): is live at http://try.blog.localhost',
    'Normal Succeeded x1 blog-2 (try): is live at http://try.blog.localhost',
    'Normal Superseded x1 blog-2 (try): the preview was taken down: previews are off, or it is too old or one too many',
  ])
})

test('what somebody has to mend is a warning at the object that has it', async () => {
  await world.change(Customer, 'ada', { sshKeys: ['ssh-dss AAAA'] })
  await world.apply(RuntimeResource, 'bad', { dockerfile: 'FROM x\n<% process.exit() %>' })
  await world.change(Webspace, 'blog', { domain: 'www.example.com' })
  await world.clock.advance(1000)
  await world.webspace('shop', { domain: 'www.example.com' })
  expect(await eventsOf(Customer, 'ada')).toContainEqual(
    expect.stringMatching(/^Warning InvalidKey x1 spec\.sshKeys\[0\]: /),
  )
  expect(await eventsOf(RuntimeResource, 'bad')).toEqual([
    expect.stringMatching(/^Warning TemplateRefused x1 spec\.dockerfile: .*line 2/),
  ])
  expect(await eventsOf(Webspace, 'shop')).toEqual([
    'Warning HostTaken x1 www.example.com belongs to Webspace blog, which is older',
  ])
})

test('what happens again is counted in its Event, and told anew when that has gone', async () => {
  const suspend = async (): Promise<void> => {
    await world.change(Webspace, 'blog', { suspended: true })
    await world.change(Webspace, 'blog', { suspended: false })
  }
  await suspend()
  await suspend()
  const [event] = await world.cluster
    .list(KubernetesEvent)
    .then((all) => all.filter(({ reason }) => reason === 'Suspended'))
  expect(event).toMatchObject({ count: 2, metadata: { namespace: 'default' }, source: { component: 'webspaces' } })
  await world.cluster.delete(KubernetesEvent, { namespace: 'default', name: event?.metadata.name ?? '' })
  await world.clock.advance(1000)
  await suspend()
  expect((await eventsOf(Webspace, 'blog')).at(-1)).toMatch(/^Normal Suspended x1 /)
})

test('an object of which there is news all the time is told of ever more rarely', async () => {
  for (let round = 0; round < 40; round += 1) {
    await world.change(Customer, 'ada', { sshKeys: [`ssh-dss ${'A'.repeat(round)}`], suspended: round % 2 === 0 })
    await world.change(Customer, 'ada', { sshKeys: [] })
  }
  const told = (await world.cluster.list(KubernetesEvent)).filter(({ involvedObject }) => involvedObject.name === 'ada')
  expect(told.reduce((sum, { count }) => sum + count, 0)).toBe(25)
})

test('a platform that starts, or does not lead, tells nothing', async () => {
  await world.push('blog')
  const before = await world.cluster.list(KubernetesEvent)
  await world.stop()
  world = await World.start({ plugins: [election, events()], after: world })
  expect(await world.cluster.list(KubernetesEvent)).toEqual(before)

  leadership = { ...ALONE, leading: false }
  await world.stop()
  world = await World.start({ plugins: [election, events()], after: world })
  await world.push('blog')
  expect(await world.cluster.list(KubernetesEvent)).toEqual(before)
})

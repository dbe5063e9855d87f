import { afterEach, beforeEach, expect, test } from 'vitest'
import { Label, MANAGER, RuntimeResource, Webspace } from '@webspaces/core'
import { Pod, type ContainerStatus } from '../kubernetes/pod.ts'
import { World } from './world.test.kit.ts'

let world: World
beforeEach(async () => {
  world = await World.start()
  await world.apply(RuntimeResource, 'node', { plugin: 'node' })
  await world.customer('ada')
  await world.webspace('blog')
})
afterEach(() => world.stop())

async function phases(releases = ['blog-1', 'blog-2']): Promise<(string | undefined)[]> {
  return Promise.all(releases.map(async (name) => (await world.release(name)).status?.rollout?.phase))
}

/** A pod of a Release, whose container is as given. */
async function podIs(release: string, status: Partial<ContainerStatus>): Promise<void> {
  const key = { name: 'blog-x', namespace: 'customer-ada' }
  const labels = { [Label.managedBy]: MANAGER, [Label.release]: release }
  await world.cluster.apply(Pod, { apiVersion: 'v1', kind: 'Pod', metadata: { ...key, labels } })
  const containerStatuses = [{ name: 'web', ready: false, restartCount: 0, ...status }]
  await world.cluster.patchStatus(Pod, key, { containerStatuses })
  await world.settle()
}

test('a Release that is live says where, and takes the place of the one before', async () => {
  await world.push('blog')
  await world.push('blog')
  expect(await phases()).toEqual(['Superseded', 'Live'])
  const { status } = await world.release('blog-2')
  expect(status).toMatchObject({ url: 'http://blog.localhost', rollout: { replicas: 1, readyReplicas: 1 } })
  expect((await world.release('blog-1')).status?.url).toBeUndefined()
})

test('a failed rollout says why, with the last lines of the process, and the former Release stays live', async () => {
  await world.push('blog')
  world.broken.add('blog-2')
  world.output.set('blog-2', [
    ...Array.from({ length: 30 }, (_, n) => `line ${n}`),
    '\u001b[31mError: no\u001b[0m \u0007way',
  ])
  await world.push('blog')
  expect(await phases()).toEqual(['Live', 'Failed'])
  const rollout = (await world.release('blog-2')).status?.rollout
  expect(rollout?.message).toBe('exits at once')
  expect(rollout?.log).toHaveLength(20)
  expect(rollout?.log?.at(-1)).toBe('Error: no way')
  expect(await world.ready(Webspace, 'blog')).toBe('False RolloutFailed')
})

test('last lines that cannot be read at once are read a moment later, and told with the failure', async () => {
  world.broken.add('blog-1')
  world.output.set('blog-1', ['no database'])
  world.unreadable = 2
  await world.push('blog')
  for (let tries = 0; tries < 2; tries += 1) {
    expect(await phases(['blog-1'])).toEqual([undefined])
    await world.clock.advance(1000)
    await world.settle()
  }
  expect((await world.release('blog-1')).status?.rollout).toMatchObject({ phase: 'Failed', log: ['no database'] })
})

test('a rollout that nobody has taken up is told of once it is late, and not before', async () => {
  world.unattended = true
  await world.push('blog')
  const told = async () => [(await world.release('blog-1')).status?.rollout?.phase, await world.ready(Webspace, 'blog')]
  expect(await told()).toEqual([undefined, 'False AwaitingPush'])
  await world.clock.advance(60_000)
  await world.settle()
  expect(await told()).toEqual(['Progressing', 'False Progressing'])
})

test('a process that fails on and on, each time with other words, causes no further write', async () => {
  world.broken.add('blog-1')
  world.output.set('blog-1', ['first failure'])
  await world.push('blog')
  const before = await world.versions()
  world.output.set('blog-1', ['second failure'])
  await world.clock.advance(10 * 60_000)
  await world.settle()
  expect(await world.versions()).toEqual(before)
})

test('a rollout that failed and then succeeds is live', async () => {
  world.broken.add('blog-1')
  world.output.set('blog-1', ['database away'])
  await world.push('blog')
  expect((await world.release('blog-1')).status?.rollout?.phase).toBe('Failed')
  world.broken.delete('blog-1')
  await world.restart('customer-ada', 'blog')
  const rollout = (await world.release('blog-1')).status?.rollout
  expect(rollout).toEqual({ phase: 'Live', replicas: 1, readyReplicas: 1 })
  expect(await world.ready(Webspace, 'blog')).toBe('True Succeeded')
})

test('a preview that is one too many is told so', async () => {
  await world.change(Webspace, 'blog', { previews: { max: 1 } })
  await world.push('blog', 'one')
  await world.push('blog', 'two')
  expect(await phases()).toEqual(['Superseded', 'Live'])
  expect((await world.release('blog-1')).status?.rollout?.message).toContain('one too many')
})

test('a preview that was taken down comes back when there is room again', async () => {
  await world.push('blog', 'one')
  await world.change(Webspace, 'blog', { previews: { enabled: false } })
  expect((await world.release('blog-1')).status?.rollout?.phase).toBe('Superseded')
  await world.change(Webspace, 'blog', { previews: { enabled: true } })
  expect((await world.release('blog-1')).status?.rollout?.phase).toBe('Live')
})

test('a pod that will not come up is a failure at once, and why it failed does not change with every try', async () => {
  world.pending.add('blog-1')
  const release = await world.push('blog')
  expect((await world.release(release)).status?.rollout?.phase).toBe('Progressing')
  const waiting = (reason: string, message: string): Promise<void> =>
    podIs(release, { state: { waiting: { reason, message } } })
  await waiting('ErrImagePull', 'registry away')
  expect((await world.release(release)).status?.rollout?.message).toBe('the image cannot be pulled')
  await world.clock.advance(60_000)
  await waiting('ErrImagePull', 'not found')
  const versions = await world.versions()
  expect((await world.release(release)).status?.rollout).toMatchObject({
    phase: 'Failed',
    message: 'the image cannot be pulled: not found',
  })
  expect(await world.ready(Webspace, 'blog')).toBe('False RolloutFailed')
  await waiting('ImagePullBackOff', 'Back-off pulling image')
  expect(await world.versions()).toEqual(versions)
})

test('a version that was given up, and comes up in one of its further tries, is live', async () => {
  world.pending.add('blog-1')
  const release = await world.push('blog')
  const ended = { terminated: { exitCode: 1, reason: 'Error' } }
  await podIs(release, { restartCount: 2, state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: ended })
  expect((await world.release(release)).status?.rollout?.phase).toBe('Failed')
  expect(await world.ready(Webspace, 'blog')).toBe('False RolloutFailed')
  await podIs(release, { restartCount: 3, state: { running: {} }, lastState: ended })
  expect((await world.release(release)).status?.rollout?.phase).toBe('Failed')

  await podIs(release, { restartCount: 3, ready: true, state: { running: {} }, lastState: ended })
  world.pending.delete('blog-1')
  await world.restart('customer-ada', 'blog')
  expect((await world.release(release)).status?.rollout).toEqual({ phase: 'Live', replicas: 1, readyReplicas: 1 })
  expect(await world.ready(Webspace, 'blog')).toBe('True Succeeded')
})

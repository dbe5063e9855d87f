import { afterEach, beforeEach, expect, test } from 'vitest'
import { Ingress, RuntimeResource, Webspace } from '@webspaces/core'
import { World } from './world.test.kit.ts'

let world: World
beforeEach(async () => {
  world = await World.start()
  await world.apply(RuntimeResource, 'node', { plugin: 'node' })
  await world.customer('ada')
  await world.webspace('old', { domain: 'www.example.com' })
  await world.clock.advance(1000)
  await world.webspace('young', { domain: 'young.example.com' })
  await world.push('old')
  await world.push('young')
})
afterEach(() => world.stop())

async function hosts(name: string): Promise<string[]> {
  const found = (await world.cluster.list(Ingress)).find(({ metadata }) => metadata.name === name)
  return found?.spec.rules.map(({ host }) => host) ?? []
}

test('the older of two Webspaces keeps the host, and the younger says who has it', async () => {
  await world.change(Webspace, 'young', { domain: 'www.example.com', aliases: ['also.example.com'] })
  expect(await hosts('old')).toEqual(['www.example.com'])
  expect(await hosts('young')).toEqual(['also.example.com'])
  expect(await world.ready(Webspace, 'old')).toBe('True Succeeded')
  expect(await world.ready(Webspace, 'young')).toBe('False HostTaken')
  const { status } = await world.cluster.get(Webspace, { name: 'young' })
  expect(status?.conditions?.[0]?.message).toContain('www.example.com belongs to Webspace old')
})

test('a host that the older gives up goes to the younger', async () => {
  await world.change(Webspace, 'young', { domain: 'www.example.com' })
  await world.change(Webspace, 'old', { domain: 'old.example.com' })
  expect(await hosts('young')).toEqual(['www.example.com'])
  expect(await world.ready(Webspace, 'young')).toBe('True Succeeded')
})

test('a host goes to the younger when the older is deleted', async () => {
  await world.change(Webspace, 'young', { domain: 'www.example.com' })
  await world.cluster.delete(Webspace, { name: 'old' })
  await world.settle()
  expect(await hosts('young')).toEqual(['www.example.com'])
})

test('an older Webspace that comes to claim a host takes it from the younger', async () => {
  await world.change(Webspace, 'old', { aliases: ['young.example.com'] })
  expect(await hosts('old')).toEqual(['www.example.com', 'young.example.com'])
  expect(await hosts('young')).toEqual([])
  expect(await world.ready(Webspace, 'young')).toBe('False HostTaken')
})

test('a preview of the older takes the host that the younger has as its domain, until its branch is gone', async () => {
  await world.change(Webspace, 'young', { domain: 'next.www.example.com' })
  const preview = await world.push('old', 'next')
  expect(await hosts('old--next')).toEqual(['next.www.example.com'])
  expect(await hosts('young')).toEqual([])
  await world.releases.retire(await world.release(preview))
  await world.settle()
  expect(await hosts('young')).toEqual(['next.www.example.com'])
})

test('an older Webspace that takes the host of a preview leaves that without one', async () => {
  await world.push('young', 'next')
  await world.change(Webspace, 'old', { aliases: ['next.young.example.com'] })
  expect(await hosts('young--next')).toEqual([])
  await world.change(Webspace, 'old', { aliases: [] })
  expect(await hosts('young--next')).toEqual(['next.young.example.com'])
})

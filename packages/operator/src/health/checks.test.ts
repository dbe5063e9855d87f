import { expect, test } from 'vitest'
import { coreError } from '@webspaces/core'
import { ManualClock } from '../controller/manual-clock.test.kit.ts'
import { cachesCheck, clusterCheck } from './checks.ts'

const away = coreError('WS_UNAVAILABLE', 'connection refused')

test('a cluster that is away for less than a minute is no reason to be out of service', async () => {
  const clock = new ManualClock()
  let answer: Error = coreError('WS_NOT_FOUND', 'no such customer')
  const { check } = clusterCheck({ get: () => Promise.reject(answer) }, clock)
  expect(await check()).toBe('answers')
  answer = away
  await clock.advance(30_000)
  expect(await check()).toBe('has last answered 30 s ago')
  await clock.advance(31_000)
  await expect(check()).rejects.toBe(away)
  answer = coreError('WS_FORBIDDEN', 'not yours')
  await clock.advance(5_000)
  expect(await check()).toBe('answers')
})

test('a cluster that has never answered is not ready, and is not asked more often than every 5 s', async () => {
  const clock = new ManualClock()
  let asked = 0
  const { check } = clusterCheck({ get: () => Promise.reject(((asked += 1), away)) }, clock)
  await Promise.allSettled([check(), check(), check()])
  await expect(check()).rejects.toBe(away)
  expect(asked).toBe(1)
  await clock.advance(5_000)
  await expect(check()).rejects.toBe(away)
  expect(asked).toBe(2)
})

test('a cluster that does not answer at all is given 3 s', async () => {
  const clock = new ManualClock()
  const { check } = clusterCheck({ get: () => new Promise(() => undefined) }, clock)
  const refused = expect(check()).rejects.toThrow('no answer within 3 s')
  await clock.advance(3_000)
  await refused
})

test('a kind that is no longer followed is named', () => {
  expect(cachesCheck('caches', { lost: [] }).check()).toBe('followed')
  expect(() => cachesCheck('caches', { lost: ['customers'] }).check()).toThrow('no longer followed: customers')
})

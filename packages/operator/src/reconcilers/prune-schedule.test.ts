import { expect, test } from 'vitest'
import { PruneSchedule } from './prune-schedule.ts'

const NONE = new Set<string>()
const HOUR = 3_600_000

/** A schedule that has looked at everything at time 0. */
function begun(left: ReadonlySet<string> = NONE): PruneSchedule {
  const schedule = new PruneSchedule(0)
  schedule.looked(schedule.next(0), left, 0)
  return schedule
}

/** The times of all looks until a time, where this is left by each of them. */
function looks(schedule: PruneSchedule, until: number, left: ReadonlySet<string>): number[] {
  const times: number[] = []
  for (let now = schedule.due; now < until; now = schedule.due) {
    times.push(now / 1000)
    schedule.looked(schedule.next(now), left, now)
  }
  return times
}

test('everything is looked at at once and every hour', () => {
  const schedule = new PruneSchedule(0)
  expect(schedule.due).toBe(0)
  expect(schedule.next(0).webspaces).toBeUndefined()
  schedule.looked(schedule.next(0), NONE, 1000)
  expect(schedule.due).toBe(HOUR)
  expect(schedule.next(HOUR).webspaces).toBeUndefined()
})

test('changes that come close together are one look', () => {
  const schedule = begun()
  schedule.add('blog', 10_000)
  schedule.add('shop', 13_000)
  expect(schedule.due).toBe(15_000)
  const look = schedule.next(15_000)
  expect(look.webspaces).toEqual(new Set(['blog', 'shop']))
  schedule.looked(look, NONE, 16_000)
  expect(schedule.due).toBe(HOUR)
})

test('while something has to stay, looks follow with longer pauses, and not for ever', () => {
  const schedule = begun()
  schedule.add('blog', 0)
  const times = looks(schedule, HOUR, new Set(['blog']))
  expect(times.slice(0, 7)).toEqual([5, 10, 20, 40, 70, 100, 130])
  expect(times.at(-1)).toBe(610)
})

test('what a look everywhere had to leave is looked at again', () => {
  const schedule = begun(new Set(['blog']))
  expect(schedule.due).toBe(5000)
  expect(schedule.next(5000).webspaces).toEqual(new Set(['blog']))
})

test('what changes during a look is looked at after it', () => {
  const schedule = begun()
  schedule.add('blog', 1000)
  const look = schedule.next(6000)
  schedule.add('blog', 7000)
  schedule.looked(look, NONE, 8000)
  expect(schedule.due).toBe(13_000)
  expect(schedule.next(13_000).webspaces).toEqual(new Set(['blog']))
})

test('a change does not wait for the long pause that others have come to', () => {
  const schedule = begun()
  schedule.add('blog', 0)
  looks(schedule, 71_000, new Set(['blog']))
  expect(schedule.due).toBe(100_000)
  schedule.add('shop', 75_000)
  expect(schedule.due).toBe(80_000)
})

test('a look that failed is made again, however long that takes', () => {
  const schedule = new PruneSchedule(0)
  schedule.failed(schedule.next(0), 0)
  expect(schedule.due).toBe(30_000)
  expect(schedule.next(30_000).webspaces).toBeUndefined()
  schedule.looked(schedule.next(30_000), NONE, 30_000)
  schedule.add('blog', 30_000)
  for (let now = 35_000; now < HOUR; now += 30_000) schedule.failed(schedule.next(now), now)
  expect(schedule.next(HOUR).webspaces).toEqual(new Set(['blog']))
})

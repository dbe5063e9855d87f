import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { StepCache } from './step-cache.ts'

let dir: string
beforeEach(async () => void (dir = await mkdtemp(join(tmpdir(), 'webspaces-cache-'))))
afterEach(() => rm(dir, { recursive: true, force: true }))

test('what was not used for longest goes first, and what is broken before it', async () => {
  const steps = join(dir, 'cache', 'steps')
  for (const [index, name] of ['old', 'middle', 'new'].entries()) {
    await mkdir(join(steps, name), { recursive: true })
    await writeFile(join(steps, name, 'entry.json'), JSON.stringify({ bytes: 100 }))
    await utimes(join(steps, name), index + 1, index + 1)
  }
  await mkdir(join(steps, 'broken'))
  const cache = new StepCache(dir)
  await cache.evict(300)
  expect(await readdir(steps)).toEqual(['middle', 'new', 'old'])
  await cache.evict(250)
  expect(await readdir(steps)).toEqual(['middle', 'new'])
})

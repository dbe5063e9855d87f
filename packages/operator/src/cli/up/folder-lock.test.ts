import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished, expect, test } from 'vitest'
import { temporaryFolder } from '../command.test.kit.ts'
import { holderOf } from './folder-lock.ts'

const dist = new URL('../../../dist/', import.meta.url)

/** Takes the folder in a process of its own, which says how that went and stays. */
async function contender(dir: string): Promise<{ readonly pid: number; readonly said: string; kill(): Promise<void> }> {
  const script = `
    const { lockFolder } = await import('${dist.href}cli/up/folder-lock.js')
    const { systemClock } = await import('${dist.href}system/clock.js')
    try {
      await lockFolder(${JSON.stringify(dir)}, systemClock)
      console.log('held')
    } catch (error) {
      console.log(error.code ?? String(error), error.message)
    }
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: fileURLToPath(dist),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = once(child, 'close')
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await closed
  }
  onTestFinished(kill)
  const [said] = (await once(child.stdout, 'data')) as [Buffer]
  return { pid: child.pid ?? 0, said: said.toString().trim(), kill }
}

test('a second process is refused with the pid of the first', async () => {
  const dir = temporaryFolder()
  const first = await contender(dir)
  const second = await contender(dir)
  expect(first.said).toBe('held')
  expect(second.said).toMatch(/^WS_FOLDER_HELD /)
  expect(second.said).toContain(`pid ${first.pid}`)
  expect(await holderOf(dir)).toBe(first.pid)
})

test('what a killed process left is taken over, by one alone of many that try at the same time', async () => {
  const dir = temporaryFolder()
  await (await contender(dir)).kill()
  expect(await holderOf(dir)).toBeUndefined()
  const contenders = await Promise.all(Array.from({ length: 6 }, () => contender(dir)))
  const holders = contenders.filter(({ said }) => said === 'held')
  expect(holders).toHaveLength(1)
  expect(await holderOf(dir)).toBe(holders[0]?.pid)
  expect(readdirSync(dir)).toEqual(['platform.lock'])
})

test('another process that has got the pid of a killed one does not hold the folder', async () => {
  const dir = temporaryFolder()
  writeFileSync(join(dir, 'platform.lock'), JSON.stringify({ pid: process.pid, start: 'some other time' }))
  const first = await contender(dir)
  expect(first.said).toBe('held')
  expect(JSON.parse(readFileSync(join(dir, 'platform.lock'), 'utf8'))).toMatchObject({ pid: first.pid })
})

test.each(['', '{"pid":', 'null', '{"pid":-1,"start":""}'])(
  'a lock file with %j in it holds nothing',
  async (content) => {
    const dir = temporaryFolder()
    writeFileSync(join(dir, 'platform.lock'), content)
    expect(await holderOf(dir)).toBeUndefined()
  },
)

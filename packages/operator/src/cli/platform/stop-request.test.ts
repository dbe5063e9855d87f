import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'

const dist = new URL('../../../dist/', import.meta.url).href

/** A process that listens for stop, says when it is asked to, and ends `after` so many milliseconds. */
async function listener(
  after: number,
  more = '',
): Promise<{ readonly child: ChildProcess; readonly said: () => string }> {
  const script = `
    const { listenForStop } = await import('${dist}cli/platform/stop-request.js')
    const { systemClock } = await import('${dist}system/clock.js')
    const logger = { info() {}, warn() {}, error(message, { error } = {}) { console.log(message, error?.message) } }
    const stop = listenForStop(logger, systemClock, 9500)
    stop.signal.addEventListener('abort', () => {
      console.log('asked to stop')
      setTimeout(() => process.exit(stop.exitCode), ${after})
    })
    setInterval(() => {}, 1000)
    console.log('listening')
    ${more}`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  let said = ''
  child.stdout.on('data', (text: Buffer) => (said += text.toString()))
  await expect.poll(() => said, { timeout: 10_000 }).toContain('listening')
  return { child, said: () => said }
}

async function exitCode(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode
  const [code] = (await once(child, 'exit')) as [number | null]
  return code
}

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s asks for a stop, which ends well', async (signal) => {
  const { child, said } = await listener(10)
  child.kill(signal)
  expect(await exitCode(child)).toBe(0)
  expect(said()).toContain('asked to stop')
})

test('one Ctrl-C that comes twice, from the terminal and from npm, ends nothing by force', async () => {
  const { child } = await listener(300)
  child.kill('SIGINT')
  await delay(5)
  child.kill('SIGINT')
  expect(await exitCode(child)).toBe(0)
})

test('a second Ctrl-C ends the process at once', async () => {
  const { child, said } = await listener(60_000)
  child.kill('SIGINT')
  await expect.poll(said, { timeout: 10_000 }).toContain('asked to stop')
  await delay(700)
  child.kill('SIGINT')
  expect(await exitCode(child)).toBe(130)
})

test.each([
  ['an error that nobody catches', 'setTimeout(() => { throw new Error("oops") })'],
  ['a rejection that nobody handles', 'Promise.reject(new Error("oops"))'],
])('%s is told, and ends the process with 1 after a proper stop', async (_what, script) => {
  const { child, said } = await listener(10, script)
  expect(await exitCode(child)).toBe(1)
  expect(said()).toMatch(/unexpected error occurred, platform is stopped oops\nasked to stop/)
})

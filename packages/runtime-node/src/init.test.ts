import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const INIT = fileURLToPath(new URL('../assets/init.sh', import.meta.url))

/** Runs a Node script under init; the promise resolves with what init exits with. */
async function under(script: string, signal?: NodeJS.Signals): Promise<number | null> {
  const child = spawn('sh', [INIT, process.execPath, '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit') as Promise<[number | null]>
  if (signal !== undefined) {
    await once(child.stdout, 'data')
    child.kill(signal)
  }
  return (await ended)[0]
}

test("the site's exit code is init's", async () => {
  expect(await under('process.exit(3)')).toBe(3)
  expect(await under('process.exit(0)')).toBe(0)
})

test('a site that handles SIGTERM has the time to end as it likes', async () => {
  const script =
    "process.on('SIGTERM', () => setTimeout(() => process.exit(5), 200)); setInterval(() => {}, 1000); console.log('up')"
  expect(await under(script, 'SIGTERM')).toBe(5)
})

test('a site that does not handle SIGTERM is ended by it', async () => {
  expect(await under("setInterval(() => {}, 1000); console.log('up')", 'SIGTERM')).toBe(143)
})

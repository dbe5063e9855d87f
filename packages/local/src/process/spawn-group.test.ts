import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { killMarked, platformTag } from './leftovers.ts'
import { spawnGroup, type ProcessGroup, type SpawnOptions } from './spawn-group.ts'

let dir: string
beforeEach(async () => void (dir = await mkdtemp(join(tmpdir(), 'webspaces-process-'))))
afterEach(() => rm(dir, { recursive: true, force: true }))

const PATH = process.env.PATH ?? ''

async function start(
  command: string,
  options: Partial<SpawnOptions> = {},
): Promise<{ readonly group: ProcessGroup; readonly lines: string[] }> {
  const lines: string[] = []
  const onLine = (line: string): void => void lines.push(line)
  const group = await spawnGroup({ command, cwd: dir, env: { PATH }, tag: platformTag(dir), onLine, ...options })
  return { group, lines }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

async function pidIn(file: string): Promise<number> {
  return vi.waitFor(async () => {
    const pid = Number(await readFile(join(dir, file), 'utf8'))
    if (!(pid > 0)) throw new Error(`no pid in ${file} yet`)
    return pid
  }, 10_000)
}

const untilDead = (...pids: number[]): Promise<void> =>
  vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), { timeout: 10_000 })

test('output comes in lines and the exit code at the end', async () => {
  const { group, lines } = await start('echo one; echo two >&2; printf three; exit 7')
  expect(await group.exited).toEqual({ code: 7, signal: null })
  expect(lines.toSorted()).toEqual(['one', 'three', 'two'])
})

test('the process gets the environment it was given, the marker, and no further descriptor', async () => {
  const { group, lines } = await start(
    'env; for fd in 3 4 5 6 7 8 9; do (eval ": <&$fd") 2>/dev/null && echo "fd $fd"; done',
    {
      env: { PATH, GIVEN: 'yes' },
    },
  )
  await group.exited
  const names = lines.map((line) => line.split('=')[0])
  expect(names.toSorted()).toEqual(['GIVEN', 'PATH', 'PWD', 'WEBSPACES_PROCESS'])
})

test('what the leader leaves behind ends with it', async () => {
  const { group } = await start('sleep 300 & echo $! > child; sleep 0.1')
  const child = await pidIn('child')
  await group.exited
  await untilDead(child)
})

test('terminate lets the children of a shell end in their own time', async () => {
  const { group, lines } = await start(
    `node -e "process.on('SIGTERM', () => setTimeout(() => { console.log('bye'); process.exit() }, 300)); console.log('up'); setInterval(() => {}, 1000)"; echo after`,
  )
  await vi.waitFor(() => expect(lines).toContain('up'), 10_000)
  await group.terminate(10_000)
  expect(lines).toContain('bye')
})

test('terminate kills what does not end in time', async () => {
  const { group, lines } = await start(`trap '' TERM; echo up; while :; do sleep 0.2; done`)
  await vi.waitFor(() => expect(lines).toContain('up'), 10_000)
  await group.terminate(200)
  expect((await group.exited).signal).toBe('SIGKILL')
})

test('an aborted signal ends the group, and starts none', async () => {
  const stop = new AbortController()
  const { group } = await start('sleep 300', { signal: stop.signal })
  stop.abort(new Error('enough'))
  expect((await group.exited).signal).toBe('SIGKILL')
  await expect(start('true', { signal: stop.signal })).rejects.toThrow('enough')
})

test('a folder that is not there is a coded error', async () => {
  await expect(start('true', { cwd: join(dir, 'missing') })).rejects.toMatchObject({ code: 'WS_LOCAL_PROCESS' })
})

/** A platform in a process of its own, which starts `command` and is then killed by SIGKILL. */
async function killedPlatform(command: string, files: readonly string[]): Promise<number[]> {
  const script = join(dir, 'platform.mjs')
  const module = new URL('../../dist/process/spawn-group.js', import.meta.url).href
  const options = { command, cwd: dir, env: { PATH }, tag: platformTag(dir) }
  await writeFile(
    script,
    `import { spawnGroup } from ${JSON.stringify(module)}
     await spawnGroup({ ...${JSON.stringify(options)}, onLine: () => {} })
     setInterval(() => {}, 1000)`,
  )
  const platform = spawn(process.execPath, [script], { stdio: 'inherit' })
  const pids = await Promise.all(files.map(pidIn))
  expect(pids.every(isAlive)).toBe(true)
  const gone = once(platform, 'exit')
  platform.kill('SIGKILL')
  await gone
  return pids
}

test('when the platform is killed by SIGKILL, children and grandchildren go at once', async () => {
  const command = `trap '' TERM HUP; echo $$ > leader; sh -c 'trap "" TERM HUP; echo $$ > child; sleep 300 & echo $! > grandchild; wait'; :`
  const pids = await killedPlatform(command, ['leader', 'child', 'grandchild'])
  await untilDead(...pids)
})

test.runIf(process.platform === 'linux')('what left its group is found by its marker', async () => {
  const [escaped] = await killedPlatform(`setsid sh -c 'echo $$ > escaped; sleep 300'; :`, ['escaped'])
  expect(isAlive(escaped ?? 0)).toBe(true)
  expect(await killMarked(platformTag(dir))).toBeGreaterThanOrEqual(1)
  await untilDead(escaped ?? 0)
})

test.runIf(process.platform === 'linux')('what left its group ends with the leader', async () => {
  const { group } = await start(
    `setsid sh -c 'echo $$ > escaped; sleep 300' & while [ ! -s escaped ]; do sleep 0.05; done`,
  )
  await group.exited
  await untilDead(await pidIn('escaped'))
})

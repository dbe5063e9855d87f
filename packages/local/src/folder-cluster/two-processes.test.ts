import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Customer } from '@webspaces/core'
import { parseObject } from './object-yaml.ts'
import { customer, Rig } from './rig.test.kit.ts'

let rig: Rig
const children: ChildProcess[] = []
beforeEach(async () => {
  rig = await Rig.make()
})
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await rig.remove()
})

const CLUSTER = new URL('../../dist/folder-cluster/folder-cluster.js', import.meta.url).href
const CORE = import.meta.resolve('@webspaces/core')
const PRELUDE = `
import { FolderCluster } from ${JSON.stringify(CLUSTER)}
import { Customer } from ${JSON.stringify(CORE)}
import { setTimeout as sleep } from 'node:timers/promises'
const logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => logger }
const clock = { now: () => Date.now(), sleep: (ms, signal) => sleep(ms, undefined, { signal }) }
const cluster = new FolderCluster({ dir: process.argv[2], clock, newId: () => crypto.randomUUID(), logger })
const me = process.argv[3]
`

/** Runs a script in a process of its own that has \`cluster\` on the folder, and its name as \`me\`. */
async function run(script: string, me: string): Promise<ChildProcess> {
  const file = join(rig.dir, `${me}.mjs`)
  await writeFile(file, PRELUDE + script)
  const child = fork(file, [rig.dir, me], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  children.push(child)
  return child
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  expect(child.exitCode).toBe(0)
}

test('two processes that write one object lose nothing, and a third that watches sees the end', async () => {
  const platform = await rig.start()
  await platform.create(Customer, customer('shared'))
  const script = `
    for (let n = 0; n < 40; n++) {
      await cluster.patch(Customer, { name: 'shared' }, { metadata: { annotations: { [me + n]: 'x' } } })
      await cluster.create(Customer, { apiVersion: 'webspaces.dev/v1alpha1', kind: 'Customer', metadata: { name: me + n },
        spec: { name: me, email: 'a@example.com' } })
    }
    process.disconnect()`
  const writers = [await run(script, 'a'), await run(script, 'b')]
  for (let n = 0; n < 40; n++) {
    await platform.patch(Customer, { name: 'shared' }, { metadata: { annotations: { [`c${n}`]: 'x' } } })
  }
  await Promise.all(writers.map(ended))
  const stored = await rig.open().get(Customer, { name: 'shared' })
  expect(Object.keys(stored.metadata.annotations ?? {})).toHaveLength(120)
  await vi.waitFor(
    async () => {
      expect(await platform.get(Customer, { name: 'shared' })).toEqual(stored)
      expect(await platform.list(Customer)).toHaveLength(81)
    },
    { timeout: 15_000 },
  )
  expect(rig.warnings).toEqual([])
})

test('conditional writes of two processes never both succeed', async () => {
  await rig.open().create(Customer, { ...customer('counter'), metadata: { name: 'counter', annotations: { n: '0' } } })
  const script = `
    for (let done = 0; done < 25; ) {
      const { metadata } = await cluster.get(Customer, { name: 'counter' })
      const patch = { resourceVersion: metadata.resourceVersion, annotations: { n: String(Number(metadata.annotations.n) + 1) } }
      try {
        await cluster.patch(Customer, { name: 'counter' }, { metadata: patch })
        done++
      } catch (error) {
        if (error.code !== 'WS_CONFLICT') throw error
      }
    }
    process.disconnect()`
  const writers = [await run(script, 'a'), await run(script, 'b')]
  await Promise.all(writers.map(ended))
  expect((await rig.open().get(Customer, { name: 'counter' })).metadata.annotations).toEqual({ n: '50' })
})

test('kill -9 at any moment: every acknowledged write is there, no file is broken, and the next writer goes on', async () => {
  const script = `
    const last = await cluster.list(Customer)
    for (let n = last.length; ; n++) {
      await cluster.create(Customer, { apiVersion: 'webspaces.dev/v1alpha1', kind: 'Customer', metadata: { name: 'c' + n },
        spec: { name: String(n), email: 'a@example.com' } })
      await cluster.patch(Customer, { name: 'c' + n }, { spec: { suspended: true } })
      process.send(n)
    }`
  const acknowledged: number[] = []
  for (let round = 0; round < 8; round++) {
    const child = await run(script, `w${round}`)
    const enough = acknowledged.length + 2 + round
    await new Promise<void>((resolve) => {
      child.on('message', (n) => {
        acknowledged.push(Number(n))
        // Somewhere within the writes that follow.
        if (acknowledged.length === enough) setTimeout(resolve, round)
      })
    })
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }
  const platform = await rig.start()
  for (const n of acknowledged) {
    expect((await platform.get(Customer, { name: `c${n}` })).spec).toMatchObject({ name: String(n), suspended: true })
  }
  expect(platform.problems.size).toBe(0)
  const files = await readdir(rig.path('customers'))
  expect(files.filter((file) => !file.endsWith('.yaml'))).toEqual([])
  for (const file of files)
    expect(parseObject(await readFile(rig.path(`customers/${file}`), 'utf8'))).toBeTypeOf('object')
})

test('the lock of a process that was killed is taken over, by one of many', async () => {
  const child = await run(`process.send(process.pid); setInterval(() => {}, 1000)`, 'victim')
  const [pid] = (await once(child, 'message')) as [number]
  const startTime = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ')[19]
  await rig.open().create(Customer, customer('demo'))
  for (const lock of ['.lock', '.lock.break']) await symlink(`${pid}@${startTime ?? ''}`, rig.path(lock))
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
  const clusters = Array.from({ length: 8 }, () => rig.open())
  await Promise.all(
    clusters.map((cluster, n) =>
      cluster.patch(Customer, { name: 'demo' }, { metadata: { annotations: { [`n${n}`]: '' } } }),
    ),
  )
  expect(Object.keys((await rig.open().get(Customer, { name: 'demo' })).metadata.annotations ?? {})).toHaveLength(8)
  expect((await readdir(rig.path('.'))).filter((file) => file.startsWith('.'))).toEqual([])
})

test('a process id that belongs to another process by now does not hold the lock', async () => {
  await rig.open().create(Customer, customer('demo'))
  await symlink(`${process.pid}@1`, rig.path('.lock'))
  expect(await rig.open().patch(Customer, { name: 'demo' }, { spec: { name: 'x' } })).toMatchObject({
    spec: { name: 'x' },
  })
})

test('a lock that a living process keeps is waited for, and no longer than the limit', async () => {
  const child = await run(
    `await cluster.create(Customer, { apiVersion: 'webspaces.dev/v1alpha1', kind: 'Customer', metadata: { name: 'demo' },
       spec: { name: 'x', email: 'a@example.com' } })
     process.send(process.pid); setInterval(() => {}, 1000)`,
    'holder',
  )
  const [pid] = (await once(child, 'message')) as [number]
  await symlink(`${pid}@`, rig.path('.lock'))
  let now = 0
  const impatient = rig.open({ now: () => now, sleep: (milliseconds) => Promise.resolve(void (now += milliseconds)) })
  await expect(impatient.patch(Customer, { name: 'demo' }, { spec: { name: 'y' } })).rejects.toMatchObject({
    code: 'WS_UNAVAILABLE',
    message: expect.stringContaining(`process ${pid}`) as string,
  })
  const patient = rig.open().patch(Customer, { name: 'demo' }, { spec: { name: 'y' } })
  child.kill('SIGKILL')
  expect((await patient).spec.name).toBe('y')
})

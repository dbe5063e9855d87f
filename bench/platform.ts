import { readFileSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { median, report } from './report.ts'
import { eventually } from '../test/support/eventually.ts'
import type { Person, Site } from '../test/support/person.ts'
import { Platform } from '../test/support/platform.ts'
import { must } from '../test/support/run.ts'

const EXAMPLE = fileURLToPath(new URL('../examples/hello-node', import.meta.url))
const ROUNDS = 5

/** Start, memory at rest, and the push of a one-line change, on a folder that has been used before. */
export async function benchPlatform(): Promise<void> {
  const platform = await Platform.start()
  try {
    const ada = await platform.customer('ada', { hello: {} })
    const site = await helloSite(platform, ada)
    await must(site.push())
    report('up to ready, existing folder', await benchStart(platform), 's', 1)
    report('idle RSS of the platform', await idleMemory(platform), 'MB', 130)
    report('push of a one-line change, until git ends and the site has it', await benchPush(platform, site), 's', 2)
  } finally {
    await platform.remove()
  }
}

async function helloSite(platform: Platform, person: Person): Promise<Site> {
  const site = await person.site('hello', {}, platform.cloneUrl('hello'))
  await cp(EXAMPLE, site.folder, { recursive: true })
  await site.commit({ 'change.txt': '0' })
  return site
}

async function benchStart(platform: Platform): Promise<number> {
  const seconds: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    await platform.stop()
    const begin = performance.now()
    await platform.up()
    seconds.push((performance.now() - begin) / 1000)
  }
  return median(seconds)
}

async function idleMemory(platform: Platform): Promise<number> {
  await eventually(
    () => platform.fetch('hello.localhost'),
    ({ status }) => status === 200,
  )
  await sleep(5000)
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${platform.pid}/status`, 'utf8'))?.[1]
  return Number(kilobytes) / 1024
}

async function benchPush(platform: Platform, site: Site): Promise<number> {
  const seconds: number[] = []
  for (let round = 1; round <= ROUNDS; round += 1) {
    await site.commit({ 'change.txt': String(round) })
    const begin = performance.now()
    await must(site.push())
    const answer = await platform.fetch('hello.localhost')
    seconds.push((performance.now() - begin) / 1000)
    if (answer.status !== 200) throw new Error(`the site answered ${answer.status} after a push: ${answer.body}`)
  }
  return median(seconds)
}

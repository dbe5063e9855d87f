import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from './support/eventually.ts'
import type { Person, Site } from './support/person.ts'
import { Platform } from './support/platform.ts'
import { descendants, isAlive } from './support/processes.ts'
import { must } from './support/run.ts'
import { nodeSite } from './support/sites.ts'

let platform: Platform
let ada: Person
let site: Site

/** Takes long enough in each phase that a kill can hit it. */
function slowSite(text: string): Record<string, string> {
  const files = nodeSite(text, 'echo building; sleep 0.4; node build.js; sleep 0.2; echo built')
  return {
    ...files,
    'server.js':
      files['server.js']?.replace(
        'server.listen(process.env.PORT)',
        'setTimeout(() => server.listen(process.env.PORT), 400)',
      ) ?? '',
  }
}

beforeAll(async () => {
  platform = await Platform.start()
  ada = await platform.customer('ada', { blog: {} })
  site = await ada.site('blog', slowSite('start'), platform.cloneUrl('blog'))
  await must(site.push())
})
afterAll(() => platform.remove())

/** When to kill: as soon as the push prints this, and so many milliseconds later. */
const moments: [string, RegExp | undefined, number][] = [
  ['as the push begins', undefined, 0],
  ['during the SSH handshake', undefined, 60],
  ['while the pack is being received', undefined, 150],
  ['when the commit has been inspected', /-----> main at/, 0],
  ['as the build begins', /building/, 0],
  ['in the middle of the build', /building/, 250],
  ['as the build ends', /built/, 0],
  ['while the image is being stored and the ref moves', /built/, 40],
  ['when the release is accepted', /-----> blog-\d+/, 0],
  ['in the middle of the rollout', /-----> blog-\d+/, 300],
]

describe('kill -9 of the platform', () => {
  test.each(moments)('%s', async (what, marker, delay) => {
    const live = (await platform.fetch('blog.localhost')).body
    const commit = await site.commit({ 'text.txt': what })
    const children = await killDuring(marker, delay)

    // Nothing of it lives on, the former site included.
    await eventually(
      () => children.filter(isAlive),
      (alive) => alive.length === 0,
    )
    const head = (
      await must(ada.git(`${platform.dir}/repositories/blog.git`, 'rev-parse', 'refs/heads/main'))
    ).stdout.trim()
    const expected = head === commit ? what : live

    await platform.up()
    // Every accepted push is live, and nothing else is.
    await eventually(
      () => platform.fetch('blog.localhost'),
      ({ status, body }) => status === 200 && body === expected,
    )
    await site.commit({ 'text.txt': `${what}, and on` })
    await must(site.push())
    expect((await platform.fetch('blog.localhost')).body).toBe(`${what}, and on`)
    const { output } = await must(ada.git(`${platform.dir}/repositories/blog.git`, 'count-objects', '-v'))
    expect(output).toContain('garbage: 0')
  })
})

test('stopped in the ordinary way, it leaves nothing either', async () => {
  const children = descendants(platform.pid)
  expect(children.length).toBeGreaterThan(0)
  expect(await platform.stop('SIGINT')).toBe(0)
  expect(children.filter(isAlive)).toEqual([])
})

/** Pushes, kills the platform at the given moment, and returns the pids of what had been running under it. */
async function killDuring(marker: RegExp | undefined, delay: number): Promise<number[]> {
  const push = spawn('git', ['push', 'origin', 'HEAD:main'], { cwd: site.folder, env: ada.environment, stdio: 'pipe' })
  let output = ''
  const ended = new Promise((resolve) => push.on('close', resolve))
  const reached = new Promise<void>((resolve) => {
    if (marker === undefined) resolve()
    push.stderr.setEncoding('utf8').on('data', (text: string) => {
      output += text
      if (marker?.test(output) === true) resolve()
    })
  })
  await Promise.race([reached, ended])
  await sleep(delay)
  const children = descendants(platform.pid)
  await platform.stop('SIGKILL')
  await ended
  return children
}

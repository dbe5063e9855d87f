import { spawn } from 'node:child_process'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { eventually } from './support/eventually.ts'
import { get } from './support/http.ts'
import { Person } from './support/person.ts'
import { webspaces } from './support/platform-process.ts'
import { freePort } from './support/ports.ts'
import { customer, resource } from './support/resources.ts'
import { must } from './support/run.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

const root = resolve(import.meta.dirname, '..')

let folder: string
beforeEach(async () => {
  folder = await temporaryFolder()
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** The block of TypeScript that README.md has. It has no types in it, so that Node runs it as it stands. */
async function example(): Promise<string> {
  const text = await readFile(join(root, 'README.md'), 'utf8')
  const blocks = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block = '']) => block)
  expect(blocks).toHaveLength(1)
  return blocks.join('')
}

/** What the block takes for given. */
function given(values: Readonly<Record<string, unknown>>): string {
  const constants = Object.entries(values).map(([name, value]) => `const ${name} = ${JSON.stringify(value)}\n`)
  return `
    import { staticSites as myRuntime } from './examples/custom-runtime/static-sites.ts'
    const none = () => undefined
    const logger = { debug: none, info: none, warn: none, error: none, child: () => logger }
    ${constants.join('')}`
}

const AFTERWARDS = `
  process.once('SIGTERM', () => void platform.stop())
  console.log('started')`

/** Runs a program as if it lay at the root, where it finds the packages. */
async function start(program: string): Promise<{ stop(): Promise<number | null> }> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  await new Promise<void>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (text.includes('started')) resolve()
    })
    void ended.then((code) => reject(new Error(`ended with ${code}: ${errors}`)))
  })
  return {
    stop: () => {
      child.kill('SIGTERM')
      return ended
    },
  }
}

test('the platform of the README’s example takes a push, serves it, deletes it, and ends', async () => {
  const dir = join(folder, 'platform')
  const [ssh, http] = [await freePort(), await freePort()].map((port) => ({ host: '127.0.0.1', port }))
  const files = { repositories: join(folder, 'repositories'), hostKey: join(folder, 'host_key') }
  const platform = await start(given({ dir, ssh, http, ...files }) + (await example()) + AFTERWARDS)
  try {
    const ada = await Person.create(folder, 'ada')
    const resources = [
      customer('ada', [ada.publicKey]),
      resource('Runtime', 'static', { plugin: 'static' }),
      resource('Webspace', 'notes', { customer: 'ada', runtime: 'static' }),
    ]
    const input = resources.map((object) => JSON.stringify(object)).join('\n---\n')
    await must(webspaces(['apply', '-f', '-', '--dir', dir], input))
    const url = `ssh://git@127.0.0.1:${ssh?.port}/notes.git`
    const site = await ada.site('notes', { 'site/index.html': 'as the README says' }, url)
    await eventually(
      () => site.push(),
      ({ code }) => code === 0,
    )
    const page = await get({ address: '127.0.0.1', port: http?.port ?? 0, host: 'notes.localhost' })
    expect(page.body).toBe('as the README says')

    await must(webspaces(['delete', 'webspace', 'notes', '--dir', dir]))
    await eventually(
      () => readdir(files.repositories),
      (names) => !names.includes('notes.git'),
    )
  } finally {
    expect(await platform.stop()).toBe(0)
  }
})

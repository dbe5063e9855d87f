import { rm } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import {
  CLUSTER,
  Customer,
  REPOSITORIES,
  RUNTIME,
  RuntimeResource,
  Webspace,
  type Distribution,
  type Logger,
  type Plugin,
  type Runtime,
} from '@webspaces/core'
import { oneMachine } from '@webspaces/operator'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from './support/eventually.ts'
import { Person } from './support/person.ts'
import { freePort } from './support/ports.ts'
import { must } from './support/run.ts'
import { nodeSite } from './support/sites.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

// A third Runtime, as anybody would write it: pages in Markdown-less plain text, served by a few lines of Node.
const textPages: Runtime = {
  name: 'text-pages',
  title: 'Text pages',
  dockerfile: 'FROM node:24-slim\nWORKDIR /app\nCOPY . .\nUSER node\nCMD ["node", "<%= it.server %>"]\n',
  looksFor: ['index.txt'],
  inspect: (tree) =>
    Promise.resolve(
      tree.has('index.txt')
        ? { type: 'fits', facts: {}, notes: ['Text pages'] }
        : { type: 'absent', found: tree.entries.slice(0, 5).map(({ path }) => path) },
    ),
  plan: () => ({
    version: 1,
    runtime: 'text-pages',
    template: { server: '.server.mjs' },
    tools: [{ name: 'node', hint: 'Install Node.js.' }],
    steps: [],
    files: {
      '.server.mjs': `
        import { createServer } from 'node:http'
        import { readFileSync } from 'node:fs'
        createServer((request, response) => response.end(readFileSync('index.txt'))).listen(process.env.PORT)`,
    },
    start: 'exec node .server.mjs',
    env: {},
    port: 8080,
    healthPath: '/',
  }),
}
const textPagesPlugin: Plugin = {
  name: 'text-pages',
  contractVersion: 1,
  register: (container) => container.contribute(RUNTIME, { useValue: textPages }),
}

const none = (): void => undefined
const logger: Logger = { debug: none, info: none, warn: none, error: none, child: () => logger }

let folder: string
let platform: Distribution
let ada: Person
let http: number
let ssh: number

beforeAll(async () => {
  folder = await temporaryFolder()
  ada = await Person.create(folder, 'ada')
  ssh = await freePort()
  http = await freePort()
  platform = oneMachine({
    dir: join(folder, 'platform'),
    ssh: { host: '127.0.0.1', port: ssh },
    http: { host: '127.0.0.1', port: http },
    logger,
    plugins: [textPagesPlugin],
  })
  await platform.start()
  const cluster = platform.resolve(CLUSTER)
  const object = (kind: string, name: string, spec: object) => ({
    apiVersion: 'webspaces.dev/v1alpha1',
    kind,
    metadata: { name },
    spec,
  })
  const person = { name: 'Ada', email: 'ada@example.com', sshKeys: [ada.publicKey] }
  await cluster.apply(Customer, Customer.parse(object('Customer', 'ada', person)))
  for (const plugin of ['node', 'text-pages']) {
    await cluster.apply(RuntimeResource, RuntimeResource.parse(object('Runtime', plugin, { plugin })))
  }
  await cluster.apply(Webspace, Webspace.parse(object('Webspace', 'notes', { customer: 'ada', runtime: 'text-pages' })))
  await cluster.apply(Webspace, Webspace.parse(object('Webspace', 'blog', { customer: 'ada', runtime: 'node' })))
})

afterAll(async () => {
  await platform.stop()
  await rm(folder, { recursive: true, force: true })
})

const url = (name: string): string => `ssh://git@127.0.0.1:${ssh}/${name}.git`
function page(name: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: http, headers: { host: `${name}.localhost` } }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (text: string) => (body += text))
      response.on('end', () => resolve(body))
    })
    sent.on('error', reject)
    sent.end()
  })
}

test('a Runtime of one’s own, as a plain object, builds and serves', async () => {
  const site = await ada.site('notes', { 'index.txt': 'written by hand' }, url('notes'))
  const pushed = await eventually(
    () => site.push(),
    ({ code }) => code === 0,
  )
  expect(pushed.output).toContain('Text pages')
  expect(await page('notes')).toBe('written by hand')
  await site.commit({ 'index.txt': 'changed' })
  await must(site.push())
  expect(await page('notes')).toBe('changed')
})

test('the backend reads a file at a commit, commits a change, and the site shows it', async () => {
  const site = await ada.site('blog', nodeSite('by git'), url('blog'))
  await must(site.push())
  const repositories = platform.resolve(REPOSITORIES)
  const [main] = await repositories.branches('blog')
  expect(main).toEqual({ name: 'main', oid: await site.head() })
  expect(Buffer.from(await repositories.readFile('blog', main?.oid ?? '', 'text.txt')).toString()).toBe('by git')
  const change = {
    branch: 'main',
    author: { name: 'Backend', email: 'backend@example.com' },
    message: 'Edit in the browser',
    files: { 'text.txt': 'by the backend' },
  }
  const { oid } = await repositories.commit('blog', { ...change, parent: main?.oid ?? '' })
  expect(await page('blog')).toBe('by the backend')
  expect((await repositories.log('blog', 'main', { limit: 1 }))[0]).toMatchObject({
    oid,
    message: 'Edit in the browser\n',
  })
  await must(site.git('pull', '-q', '--ff-only', 'origin', 'main'))
  expect(await site.head()).toBe(oid)

  // The same rules as for a push: a head that has moved, a build that fails.
  await expect(repositories.commit('blog', { ...change, parent: main?.oid ?? '' })).rejects.toMatchObject({
    code: 'WS_PUSH_STALE',
  })
  const broken = { ...change, files: { 'build.js': 'process.exit(1)' } }
  await expect(repositories.commit('blog', broken)).rejects.toMatchObject({ code: 'WS_BUILD_FAILED' })
  expect((await repositories.branches('blog'))[0]?.oid).toBe(oid)
  expect(await page('blog')).toBe('by the backend')
})

import type { Runtime } from '@webspaces/core'
import { runPlan, runtimesOf, sourceTree, type RunningSite } from '@webspaces/core/testing'
import { afterEach, expect, test } from 'vitest'
import { nodeRuntime } from './index.ts'

const [runtime] = runtimesOf(nodeRuntime()) as [Runtime]
const running: RunningSite[] = []

afterEach(async () => {
  await Promise.all(running.splice(0).map((site) => site.stop()))
})

async function run(files: Record<string, string>): Promise<RunningSite> {
  const inspection = await runtime.inspect(sourceTree(files), {})
  if (inspection.type !== 'fits') throw new Error(JSON.stringify(inspection))
  const site = await runPlan(runtime.plan(inspection.facts, {}), files)
  running.push(site)
  return site
}

const textOf = async (url: string): Promise<string> => (await fetch(url)).text()

/** Answers with what `expression` gives. */
const serverOf = (expression: string): string => `
const { existsSync } = require('node:fs')
require('node:http').createServer((_, response) => response.end(String(${expression}))).listen(process.env.PORT)
process.on('SIGTERM', () => process.exit(7))`

test('devDependencies are there for the build and gone for the site', async () => {
  const site = await run({
    'package.json': JSON.stringify({
      name: 'site',
      scripts: { build: 'tool > built.txt', start: 'node server.js' },
      dependencies: { kept: 'file:./kept' },
      devDependencies: { tool: 'file:./tool' },
    }),
    'kept/package.json': JSON.stringify({ name: 'kept', version: '1.0.0' }),
    'tool/package.json': JSON.stringify({ name: 'tool', version: '1.0.0', bin: 'tool.js' }),
    'tool/tool.js': '#!/usr/bin/env node\nconsole.log(process.env.NODE_ENV)\n',
    'server.js': serverOf(
      "[require('node:fs').readFileSync('built.txt', 'utf8').trim(), existsSync('node_modules/kept'), existsSync('node_modules/tool')]",
    ),
  })
  expect(await textOf(site.url)).toBe('production,true,false')
})

test('programs of dependencies are found by the start script', async () => {
  const site = await run({
    'package.json': JSON.stringify({
      name: 'site',
      scripts: { start: 'serve-it' },
      dependencies: { tool: 'file:./tool' },
    }),
    'tool/package.json': JSON.stringify({ name: 'tool', version: '1.0.0', bin: { 'serve-it': 'tool.js' } }),
    'tool/tool.js': `#!/usr/bin/env node\n${serverOf("'served'")}`,
  })
  expect(await textOf(site.url)).toBe('served')
})

test('SIGTERM reaches the server through pre script and environment', async () => {
  const site = await run({
    'package.json': JSON.stringify({
      scripts: { prestart: 'echo before; true', start: 'npm run serve', serve: 'NAME="a b" node server.js' },
    }),
    'server.js': serverOf('process.env.NAME'),
  })
  expect(await textOf(site.url)).toBe('a b')
  expect(site.output()).toContain('before')
  expect(await site.stop()).toBe(7)
})

test('what a build makes is found, served, and all that is left', async () => {
  const site = await run({
    'package.json': JSON.stringify({
      scripts: { build: 'mkdir -p dist/assets && cp src.js dist/assets/app.js && cp index.html dist' },
    }),
    'index.html': '<h1>App</h1>',
    'src.js': 'console.log(1)',
  })
  expect(await textOf(site.url)).toBe('<h1>App</h1>')
  expect(await textOf(`${site.url}/assets/app.js`)).toBe('console.log(1)')
  expect(await textOf(`${site.url}/a/route`)).toBe('<h1>App</h1>')
  expect((await fetch(`${site.url}/assets/gone.js`)).status).toBe(404)
  expect((await fetch(`${site.url}/src.js`)).status).toBe(404)
})

test('a build that makes no page fails and says what was looked for', async () => {
  await expect(run({ 'package.json': JSON.stringify({ scripts: { build: 'true' } }) })).rejects.toThrow(
    /made no index.html in dist/,
  )
})

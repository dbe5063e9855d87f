import type { Runtime } from '@webspaces/core'
import { runPlan, runtimeConformance, runtimesOf, sourceTree } from '@webspaces/core/testing'
import { expect, test } from 'vitest'
import { staticSites } from './static-sites.ts'

const [runtime] = runtimesOf(staticSites()) as [Runtime]
const site = { 'site/index.html': '<h1>Hello</h1>', 'site/a/style.css': 'body {}', 'secret.txt': 'secret' }

runtimeConformance({
  test: (name, run) => test(name, run),
  make: () => runtime,
  fixtures: [
    { name: 'a site', files: site, expect: 'fits' },
    { name: 'a site without a page', files: { 'site/style.css': '' }, expect: 'unfit' },
    { name: 'something else', files: { 'main.py': '' }, expect: 'absent' },
  ],
})

test('the plan serves the folder and nothing beside it', async () => {
  const inspection = await runtime.inspect(sourceTree(site), {})
  if (inspection.type !== 'fits') throw new Error(JSON.stringify(inspection))
  const running = await runPlan(runtime.plan(inspection.facts, {}), site)
  try {
    expect(await (await fetch(`${running.url}/`)).text()).toBe('<h1>Hello</h1>')
    expect((await fetch(`${running.url}/a/style.css`)).headers.get('content-type')).toBe('text/css')
    expect((await fetch(`${running.url}/..%2fsecret.txt`)).status).toBe(404)
    expect((await fetch(`${running.url}/%2e%2e/secret.txt`)).status).toBe(404)
  } finally {
    await running.stop()
  }
})

import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Plugin, Runtime } from '@webspaces/core'
import { runPlan, runtimesOf, sourceTree } from '@webspaces/core/testing'
import { nodeRuntime } from '@webspaces/runtime-node'
import { phpRuntime } from '@webspaces/runtime-php'
import { describe, expect, test } from 'vitest'

function filesOf(example: string): Record<string, string> {
  const root = fileURLToPath(new URL(example, import.meta.url))
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const paths = files.map((file) => join(file.parentPath, file.name)).filter((path) => !/\/(dist|vendor)\//.test(path))
  return Object.fromEntries(paths.map((path) => [relative(root, path), readFileSync(path, 'utf8')]))
}

async function planOf(plugin: Plugin, files: Record<string, string>): Promise<ReturnType<Runtime['plan']>> {
  const [runtime] = runtimesOf(plugin) as [Runtime]
  const inspection = await runtime.inspect(sourceTree(files), {})
  if (inspection.type !== 'fits') throw new Error(JSON.stringify(inspection))
  return runtime.plan(inspection.facts, {})
}

describe('hello-node', () => {
  const files = filesOf('hello-node')

  test('is built without an install, answers, and ends by itself when it is told to', async () => {
    const plan = await planOf(nodeRuntime(), files)
    expect(plan.steps.map((step) => step.title)).toEqual(['Building'])
    const site = await runPlan(plan, files)
    const page = await (await fetch(site.url)).text()
    expect(page).toContain('It is live.')
    expect(page).not.toContain('{{')
    expect((await fetch(`${site.url}/gone`)).status).toBe(404)
    expect(await site.stop()).toBe(0)
  })

  test('can be broken as its page says', async () => {
    const page = files['site/index.html']?.replace('It is live.', '{{oops}}') ?? ''
    const broken = { ...files, 'site/index.html': page }
    await expect(runPlan(await planOf(nodeRuntime(), broken), broken)).rejects.toThrow('{{oops}} is not known')
  })
})

const hasPhp = spawnSync('php', ['--version']).status === 0
if (!hasPhp) console.warn('SKIPPED: hello-php is not run, for want of php')

test.runIf(process.env['CI'] !== undefined)('in CI nothing is skipped', () => {
  expect(hasPhp).toBe(true)
})

test.skipIf(!hasPhp)('hello-php answers without a step before', async () => {
  const files = filesOf('hello-php')
  const plan = await planOf(phpRuntime(), files)
  expect(plan.steps).toEqual([])
  const site = await runPlan(plan, files)
  expect(await (await fetch(site.url)).text()).toContain('It is live.')
  const other = await fetch(`${site.url}/<script>`)
  expect([other.status, (await other.text()).includes('<script>')]).toEqual([404, false])
  await site.stop()
})

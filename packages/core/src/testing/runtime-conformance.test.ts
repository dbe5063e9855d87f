import { describe, expect, test } from 'vitest'
import type { Inspection, Plan, Runtime } from '../contracts/runtime.ts'
import { runtimeConformance } from './runtime-conformance.ts'

const plan: Plan = {
  version: 1,
  runtime: 'good',
  template: { port: 8080 },
  tools: [],
  steps: [],
  files: {},
  start: 'exec serve',
  env: {},
  port: 8080,
  healthPath: '/',
}

const good: Runtime = {
  name: 'good',
  title: 'Good',
  dockerfile: 'FROM scratch\nEXPOSE <%= it.port %>\n',
  looksFor: ['package.json'],
  inspect: (source) =>
    Promise.resolve(
      source.has('package.json') ? { type: 'fits', facts: {}, notes: [] } : { type: 'absent', found: [] },
    ),
  plan: () => plan,
}

/** How many tests of the suite fail. */
async function failures(runtime: Runtime): Promise<number> {
  const runs: (() => Promise<void>)[] = []
  runtimeConformance({
    test: (_, run) => runs.push(run),
    make: () => runtime,
    fixtures: [{ name: 'one', files: { 'package.json': '{}' }, expect: 'fits' }],
  })
  const results = await Promise.allSettled(runs.map((run) => run()))
  return results.filter(({ status }) => status === 'rejected').length
}

const answering = (inspection: Inspection): Runtime => ({ ...good, inspect: () => Promise.resolve(inspection) })
const planning = (part: Partial<Plan>): Runtime => ({ ...good, plan: () => ({ ...plan, ...part }) })

test('a runtime that keeps the contract passes', async () => {
  expect(await failures(good)).toBe(0)
})

describe('a runtime is found out that', () => {
  let calls = 0
  test.each<[string, Runtime]>([
    ['throws', { ...good, inspect: () => Promise.reject(new Error('no')) }],
    [
      'throws on broken JSON',
      {
        ...good,
        inspect: async (source) => ({
          type: 'fits',
          facts: JSON.parse((await source.read('package.json')) ?? '{}') as object as never,
          notes: [],
        }),
      },
    ],
    [
      'answers differently the second time',
      { ...good, inspect: () => Promise.resolve({ type: 'fits', facts: calls++, notes: [] }) },
    ],
    ['plans differently the second time', { ...good, plan: () => ({ ...plan, port: 1000 + calls++ }) }],
    [
      'writes to the tree',
      {
        ...good,
        inspect: (source, options) => {
          ;(source.entries as unknown[]).push(1)
          return good.inspect(source, options)
        },
      },
    ],
    [
      'writes to the options',
      {
        ...good,
        inspect: (source, options) => {
          Object.assign(options, { x: 1 })
          return good.inspect(source, options)
        },
      },
    ],
    ['refuses without a remedy', answering({ type: 'unfit', path: 'x', problem: 'y', remedy: '' })],
    ['lets a note move the cursor', answering({ type: 'fits', facts: {}, notes: ['\u001b[2J'] })],
    ['has facts that are no JSON', answering({ type: 'fits', facts: { a: undefined } as never, notes: [] })],
    ['breaks a line of the Dockerfile', planning({ template: { port: '1\nUSER root' } })],
    ['lacks a value of the template', planning({ template: {} })],
    ['starts nothing', planning({ start: ' ' })],
    ['replaces a pushed file', planning({ files: { 'package.json': '{}' } })],
    ['writes out of the tree', planning({ files: { '../x': '' } })],
    [
      'has an input that is not there',
      planning({ steps: [{ title: 'x', run: 'x', cache: { inputs: ['y'], folder: 'z' } }] }),
    ],
    ['has a command that no process can be given', planning({ steps: [{ title: 'x', run: 'a\0b' }] })],
    ['has a health path that is none', planning({ healthPath: 'up' })],
  ])('%s', async (_, runtime) => {
    expect(await failures(runtime)).toBeGreaterThan(0)
  })
})

import assert from 'node:assert/strict'
import { renderTemplate } from '../template/template.ts'
import type { Inspection, Json, Plan, Runtime, RuntimeOptions } from '../contracts/runtime.ts'
import { hostileTrees } from './hostile-trees.ts'
import { sourceTree } from './source-tree.ts'

/** What the suite needs of whoever runs it; `test` is the runner's own. */
export interface RuntimeConformance {
  readonly test: (name: string, run: () => Promise<void>) => void
  readonly make: () => Runtime
  /** Trees of the runtime's own kind, and what it is to say to each. At least one has to fit. */
  readonly fixtures: readonly RuntimeFixture[]
}

export interface RuntimeFixture {
  readonly name: string
  readonly files: Readonly<Record<string, string>>
  readonly options?: RuntimeOptions
  readonly expect: Inspection['type']
}

/**
 * The promises of the contract {@link Runtime}, as tests.
 * @example runtimeConformance({ test, make: () => myRuntime, fixtures: [{ name: 'a site', files: {…}, expect: 'fits' }] })
 */
export function runtimeConformance({ test, make, fixtures }: RuntimeConformance): void {
  test('it has a name, a title, and says what it looks for', async () => {
    const runtime = make()
    assert.match(runtime.name, /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/)
    assert.notEqual(runtime.title.trim(), '')
    assert.ok(runtime.looksFor.length > 0, 'looksFor is empty')
    assert.ok(
      fixtures.some((fixture) => fixture.expect === 'fits'),
      'there is no fixture that fits',
    )
    await Promise.resolve()
  })

  for (const fixture of fixtures) {
    test(`${fixture.name}: ${fixture.expect}`, async () => {
      const inspection = await examine(make(), fixture.files, fixture.options)
      assert.equal(inspection.type, fixture.expect, JSON.stringify(inspection))
    })
  }

  for (const tree of hostileTrees(make().looksFor.filter((path) => !path.includes('*')))) {
    test(`it answers when ${tree.name}`, async () => {
      await examine(make(), tree.files)
    })
  }
}

/** Inspects twice, plans twice where it fits, and checks every promise on the way. */
async function examine(
  runtime: Runtime,
  files: Readonly<Record<string, string>>,
  options: RuntimeOptions = {},
): Promise<Inspection> {
  const frozenOptions = deepFreeze(structuredClone(options))
  const tree = deepFreeze(sourceTree(files))
  const inspection = await runtime.inspect(tree, frozenOptions)
  assert.deepEqual(await runtime.inspect(tree, frozenOptions), inspection, 'a second inspection says something else')
  if (inspection.type === 'absent') assertPlainLines(inspection.found, 'found')
  if (inspection.type === 'unfit') assertRefusal(inspection)
  if (inspection.type === 'fits') {
    assertPlainLines(inspection.notes, 'notes')
    assertSurvivesJson(inspection.facts, 'facts')
    const stored = JSON.parse(JSON.stringify(inspection.facts)) as Json
    const plan = runtime.plan(deepFreeze(inspection.facts), frozenOptions)
    assert.deepEqual(runtime.plan(stored, frozenOptions), plan, 'a second plan is another one')
    assertPlan(plan, runtime, new Set(tree.entries.map((entry) => entry.path)))
  }
  return inspection
}

function assertRefusal({ path, problem, remedy }: Extract<Inspection, { type: 'unfit' }>): void {
  assertPlainLines([path, problem, remedy], 'refusal')
  for (const [name, text] of Object.entries({ path, problem, remedy })) {
    assert.notEqual(text.trim(), '', `a refusal has no ${name}`)
  }
}

function assertPlan(plan: Plan, runtime: Runtime, pushed: ReadonlySet<string>): void {
  assertSurvivesJson(plan, 'plan')
  assert.equal(plan.version, 1)
  assert.equal(plan.runtime, runtime.name)
  assertNoLineBreaks(plan.template)
  assert.match(renderTemplate(runtime.dockerfile, plan.template), /^FROM \S/m, 'the Dockerfile has no FROM')

  assertCommand(plan.start, 'start')
  assert.ok(Number.isInteger(plan.port) && plan.port > 0 && plan.port < 65_536, `port ${String(plan.port)}`)
  assert.match(plan.healthPath, /^\/[\x21-\x7e]*$/)
  for (const [name, value] of Object.entries(plan.env)) {
    assert.match(name, /^[A-Za-z_][A-Za-z0-9_]*$/)
    assert.ok(!value.includes('\0'), `the value of ${name} has a NUL in it`)
  }
  for (const tool of plan.tools) {
    assert.match(tool.name, /^[A-Za-z0-9._+-]+$/)
    assertPlainLines([tool.hint, tool.range ?? ''], 'tool')
  }
  for (const step of plan.steps) {
    assertPlainLines([step.title], 'title of a step')
    assertCommand(step.run, step.title)
    if (step.cache === undefined) continue
    assertInside(step.cache.folder)
    for (const input of step.cache.inputs) assert.ok(pushed.has(input), `${input} is an input and not in the tree`)
  }
  for (const path of Object.keys(plan.files)) {
    assertInside(path)
    const folders = path.split('/').map((_, index, segments) => segments.slice(0, index + 1).join('/'))
    for (const folder of folders) assert.ok(!pushed.has(folder), `${path} would replace the pushed file ${folder}`)
  }
}

function assertSurvivesJson(value: unknown, what: string): void {
  assert.deepEqual(JSON.parse(JSON.stringify(value)), value, `${what} is not the same after a way through JSON`)
}

function assertCommand(command: string, what: string): void {
  assert.notEqual(command.trim(), '', `the command of ${what} is empty`)
  assert.ok(!command.includes('\0'), `the command of ${what} has a NUL in it, which no process can be given`)
  // Linux takes no single argument of 128 KiB or more.
  assert.ok(new TextEncoder().encode(command).byteLength < 128 * 1024, `the command of ${what} is too long`)
}

function assertNoLineBreaks(value: Json): void {
  if (typeof value === 'string') assert.doesNotMatch(value, /[\r\n\0]/, `template value ${JSON.stringify(value)}`)
  else if (value !== null && typeof value === 'object') Object.values(value).forEach(assertNoLineBreaks)
}

/** Lines for a person's terminal: nothing in them may move the cursor or fake another line. */
function assertPlainLines(lines: readonly string[], what: string): void {
  for (const line of lines) {
    assert.doesNotMatch(line, /[\p{Cc}\p{Zl}\p{Zp}]/u, `${what}: ${JSON.stringify(line)} has control characters`)
    assert.ok(line.length <= 1000, `${what}: a line of ${String(line.length)} characters`)
  }
}

function assertInside(path: string): void {
  const segments = path.split('/')
  assert.ok(
    segments.every((segment) => segment !== '' && segment !== '.' && segment !== '..'),
    `${path} is no plain relative path`,
  )
}

function deepFreeze<T>(value: T): T {
  if (value !== null && typeof value === 'object') {
    Object.values(value).forEach(deepFreeze)
    Object.freeze(value)
  }
  return value
}

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { Reporter, TestCase, TestModule } from 'vitest/node'

/**
 * Ends a run with one plain line of counts, after the names of the tests that were skipped and what they miss. With
 * `CI` set a skipped test, like a run of no test at all, is a failure: nobody reads the log of a green build.
 *
 * Runs that are told the same file by `TEST_COUNTS` count on from each other, so that the line of the last one, which is
 * also in the file, is about all of them.
 */
// eslint-disable-next-line no-restricted-exports -- vitest takes a reporter file's default export
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const passed = tests.filter((test) => test.result().state === 'passed').length
    const failedTests = tests.filter((test) => test.result().state === 'failed').length
    const failed = failedTests + brokenSuites(modules) + unhandled.length
    const skipped = tests.filter((test) => test.result().state === 'skipped')
    const isCi = (process.env.CI ?? '') !== ''

    for (const test of skipped) {
      // Without a reason it was left out by whoever started the run, and only CI minds.
      if (isCi || reason(test) !== undefined) console.log(`skipped: ${describe(test)}`)
    }
    if (isCi && (skipped.length > 0 || tests.length === 0)) process.exitCode = 1
    console.log(countOn([passed, failed, skipped.length]))
  }
}

function countOn(counts: readonly [passed: number, failed: number, skipped: number]): string {
  const file = process.env.TEST_COUNTS
  const former = file !== undefined && existsSync(file) ? (readFileSync(file, 'utf8').match(/\d+/g) ?? []) : []
  const [passed, failed, skipped] = counts.map((count, index) => count + Number(former[index] ?? 0))
  const line = `${passed} passed, ${failed} failed, ${skipped} skipped`
  if (file !== undefined) writeFileSync(file, `${line}\n`)
  return line
}

/** Files that cannot be loaded and groups whose hooks fail: their tests are not counted as failed. */
function brokenSuites(modules: readonly TestModule[]): number {
  const suites = modules.flatMap((module) => [module, ...module.children.allSuites()])
  return suites.filter((suite) => suite.errors().length > 0).length
}

function reason(test: TestCase): string | undefined {
  const result = test.result()
  return result.state === 'skipped' ? result.note : undefined
}

function describe(test: TestCase): string {
  const name = `${test.module.relativeModuleId} > ${test.fullName}`
  return `${name}${reason(test) === undefined ? '' : `: ${reason(test) ?? ''}`}`
}

/**
 * `npm run check [-- STEP…]`: all that can be said about the code without running it. Every step is run, also after
 * one has failed; a step that passes takes one line.
 */
import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { resolve } from 'node:path'

type Command = readonly [program: string, ...args: string[]]

const root = resolve(import.meta.dirname, '..')
const packages = readdirSync(resolve(root, 'packages')).map((name) => `packages/${name}`)
const sources = ['packages', 'examples', 'test', 'bench', 'scripts'].filter((folder) =>
  existsSync(resolve(root, folder)),
)
const typed = ['.', ...sources.filter((folder) => existsSync(resolve(root, folder, 'tsconfig.json')))]

/** `types` comes first: it builds what the others look at. */
const steps: Readonly<Record<string, readonly Command[]>> = {
  types: [['tsc', '-b', ...typed]],
  lint: [['eslint', '--max-warnings', '0', '.']],
  imports: [['depcruise', '--config', '.dependency-cruiser.cjs', ...sources]],
  format: [['prettier', '--check', '--log-level', 'warn', '.']],
  unused: [['knip']],
  packages: packages.map((folder): Command => ['publint', '--strict', folder]),
  docs: [['node', 'scripts/generate-docs.ts', '--check']],
}

const chosen = process.argv.slice(2)
const unknown = chosen.filter((name) => !(name in steps))
if (unknown.length > 0) {
  console.error(`There is no step ${unknown.join(', ')}. Steps: ${Object.keys(steps).join(' ')}`)
  process.exit(2)
}

console.log(`Checking with Node ${process.version}`)
const failed: string[] = []
for (const [name, commands] of Object.entries(steps)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue
  if (!(await passes(name, commands))) failed.push(name)
}
if (failed.length > 0) {
  console.error(`\nFailed: ${failed.join(', ')}. One step alone: npm run check -- ${failed[0] ?? ''}`)
  process.exitCode = 1
}

async function passes(name: string, commands: readonly Command[]): Promise<boolean> {
  const start = performance.now()
  const results = []
  for (const command of commands) results.push(await run(command))
  const ok = results.every((result) => result.code === 0)
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${name.padEnd(10)} ${seconds.padStart(5)} s`)
  for (const result of results) if (result.code !== 0) console.log(result.output)
  return ok
}

/** The exit code, and all output. A program that is not there, or that a signal ended, counts as failed. */
function run([program, ...args]: Command): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((done) => {
    const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (output += text))
    }
    child.on('error', (error) => {
      done({ code: 1, output: error.message })
    })
    child.on('close', (code) => {
      done({ code: code ?? 1, output: output.trim() })
    })
  })
}

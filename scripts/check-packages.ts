/**
 * `npm run check:packages`: what a user gets. Packs every package, installs the tarballs into an empty project,
 * compiles against the types, and under every Node on PATH imports every entry point and brings up the demo.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { serveDemo } from './packages/demo.ts'

interface Manifest {
  readonly name: string
  readonly version: string
  readonly exports: Readonly<Record<string, unknown>>
  readonly bin?: Readonly<Record<string, string>>
}

/** One file of the output of `npm pack --json`. */
interface Packed {
  readonly name: string
  readonly filename: string
  readonly files: readonly { readonly path: string }[]
}

const root = resolve(import.meta.dirname, '..')
const folders = readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name))
const manifests = folders.map((folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest)
const entryPoints = manifests.flatMap(({ name, exports }) => Object.keys(exports).map((path) => name + path.slice(1)))
const project = mkdtempSync(join(tmpdir(), 'webspaces-packages-'))

try {
  const tarballs = pack()
  writeFileSync(join(project, 'package.json'), '{ "name": "user", "private": true, "type": "module" }')
  run('npm', ['install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', ...tarballs])
  compile()
  for (const node of nodesOnPath()) await runUnder(node)
} finally {
  rmSync(project, { recursive: true, force: true })
}

/** Packs all packages into the project folder. */
function pack(): string[] {
  const output = run('npm', ['pack', '--json', '--pack-destination', project, ...folders])
  // A package's prepack script may have printed something before it.
  const packed = JSON.parse(output.slice(output.search(/^\[/m))) as readonly Packed[]
  for (const { name, files } of packed) {
    const paths = files.map((file) => file.path)
    const missing = ['LICENSE', 'README.md', 'dist/index.js'].filter((path) => !paths.includes(path))
    if (missing.length > 0) throw new Error(`${name}: ${missing.join(', ')} would not be published`)
    const surplus = paths.filter((path) => /(\.test\.|\.tsbuildinfo$)/.test(path))
    if (surplus.length > 0) throw new Error(`${name}: ${surplus.join(', ')} would be published`)
  }
  return packed.map(({ filename }) => join(project, filename))
}

/** The declarations are whole: nothing in them comes from a package that a user would not have. */
function compile(): void {
  writeFileSync(join(project, 'user.ts'), entryPoints.map((name) => `import '${name}'\n`).join(''))
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2023',
    strict: true,
    noEmit: true,
    typeRoots: [join(root, 'node_modules/@types')],
    types: ['node'],
  }
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['user.ts'] }))
  run(join(root, 'node_modules/.bin/tsc'), ['-p', '.'])
  console.log(`types of ${entryPoints.length} entry points compile`)
}

async function runUnder(node: string): Promise<void> {
  for (const name of entryPoints) run(node, ['--input-type=module', '--eval', `await import('${name}')`])
  for (const { name, version, bin } of manifests) {
    for (const file of Object.values(bin ?? {})) {
      const command = join(project, 'node_modules', name, file)
      const printed = run(node, [command, '--version']).trim()
      if (printed !== version) throw new Error(`${command} --version printed ${printed}, not ${version}`)
      await serveDemo(node, command, project)
    }
  }
  console.log(`Node ${run(node, ['--version']).trim()} runs what was packed`)
}

/** This repository's own Node, and whatever the machine has: published code must run on both. */
function nodesOnPath(): string[] {
  const files = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'node'))
  return [...new Set(files.filter((file) => existsSync(file)).map((file) => realpathSync(file)))]
}

/** @throws an error with all output if the program fails. */
function run(program: string, args: readonly string[]): string {
  try {
    return execFileSync(program, args, { cwd: project, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout?: string; readonly stderr?: string }
    throw new Error(`${program} ${args.join(' ')}\n${stdout ?? ''}${stderr ?? ''}`, { cause: error })
  }
}

import { access, cp, mkdir, rename, rm } from 'node:fs/promises'
import { constants } from 'node:fs'
import { basename, delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { operatorError } from '../../errors.ts'
import { git } from './git.ts'

/** A site that the demo makes. */
export interface Example {
  /** Name of the Webspace, and of the clone in `DIR/demo`. */
  readonly webspace: string
  readonly runtime: string
  /** Name of its folder among the examples. */
  readonly folder: string
  /** The file that the visitor is told to edit. */
  readonly edit: string
}

const NODE_EXAMPLE: Example = { webspace: 'hello', runtime: 'node', folder: 'hello-node', edit: 'site/index.html' }
const PHP_EXAMPLE: Example = { webspace: 'hello-php', runtime: 'php', folder: 'hello-php', edit: 'public/index.php' }

/** The examples that can run on this machine. */
export async function runnableExamples(): Promise<readonly Example[]> {
  return (await isOnPath('php')) ? [NODE_EXAMPLE, PHP_EXAMPLE] : [NODE_EXAMPLE]
}

/**
 * Makes a clone's work tree with the example as its first commit, if it is not there. Put together elsewhere and moved
 * in place, so that one that is there is whole.
 */
export async function ensureClone(example: Example, clone: string, signal: AbortSignal): Promise<void> {
  if (await exists(join(clone, '.git'))) return
  const draft = join(clone, '..', `.${example.webspace}.new`)
  await rm(draft, { recursive: true, force: true })
  await mkdir(draft, { recursive: true })
  const source = await findExample(example.folder)
  await cp(source, draft, { recursive: true, filter: (path) => basename(path) !== 'node_modules' })
  const author = ['-c', 'user.name=Webspaces demo', '-c', 'user.email=demo@webspaces.invalid']
  const options = { cwd: draft, signal }
  await git(['init', '--quiet', '--initial-branch=main'], options)
  await git(['add', '--all'], options)
  await git([...author, 'commit', '--quiet', `--message=Add ${example.folder}`], options)
  await rename(draft, clone)
}

/** In an installed package the examples lie beside `dist`, in a checkout at its root. */
async function findExample(folder: string): Promise<string> {
  const places = ['../../../examples/', '../../../../../examples/'].map((path) =>
    fileURLToPath(new URL(path + folder, import.meta.url)),
  )
  for (const place of places) if (await exists(place)) return place
  throw operatorError('WS_DEMO_EXAMPLES', `no example ${folder} at ${places.join(' or ')}`)
}

async function isOnPath(program: string): Promise<boolean> {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  const found = await Promise.all(folders.map((folder) => exists(join(folder, program), constants.X_OK)))
  return found.includes(true)
}

async function exists(path: string, mode = constants.F_OK): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  )
}

import {
  readProcfile,
  refuse,
  shown,
  type Inspection,
  type Procfile,
  type RuntimeOptions,
  type SourceTree,
} from '@webspaces/core'
import { inspectComposer, readComposer, type Composer } from './composer.ts'
import { findDocumentRoot, inFolder } from './document-root.ts'
import { requiredExtensions } from './extensions.ts'
import type { PhpFacts } from './facts.ts'
import { choosePhp } from './php-version.ts'

/** @throws a refusal */
export async function inspect(source: SourceTree, options: RuntimeOptions): Promise<Inspection<PhpFacts>> {
  const composer = await readComposer(source)
  const hasPhp = composer !== undefined || source.entries.some(({ path }) => /^((public|web)\/)?[^/]+\.php$/.test(path))
  if (!hasPhp) return { type: 'absent', found: topLevelNames(source) }
  refuseReservedFolder(source)

  const procfile = await readProcfile(source)
  const heroku = herokuWebServer(procfile?.web)
  const documentRoot = findDocumentRoot(source, heroku?.documentRoot ?? publicDir(composer))
  const command = heroku === undefined ? (procfile?.web ?? null) : null
  if (documentRoot === undefined && command === null) throw nothingToServe()

  const php = choosePhp(composer, options)
  const served = documentRoot ?? '.'
  const facts: PhpFacts = {
    php: php.version,
    phpRange: php.range,
    extensions: composer === undefined ? [] : requiredExtensions(composer),
    composer: composer === undefined ? null : inspectComposer(source, composer),
    documentRoot: served,
    frontController: source.has(inFolder(served, 'index.php')),
    command,
  }
  return { type: 'fits', facts, notes: [php.note, ...describe(facts), ...advise(source, facts, procfile)] }
}

function describe({ command, documentRoot }: PhpFacts): string[] {
  if (command !== null) return [`Started by Procfile: ${shown(command)}`]
  return [`Document root: ${documentRoot === '.' ? 'the root of the repository' : `${documentRoot}/`}`]
}

function advise(source: SourceTree, facts: PhpFacts, procfile: Procfile | undefined): string[] {
  const notes: string[] = []
  const others = procfile?.others ?? []
  if (others.length > 0) notes.push(`Not run, of the Procfile: ${shown(others.join(', '))}; only web is`)
  if (facts.composer !== null && !source.has('composer.lock')) {
    notes.push('Commit composer.lock, so that every build installs the same versions')
  }
  if (source.has('package.json')) notes.push('package.json is not used: commit what its build makes')
  return notes
}

interface NamedFolder {
  readonly folder: string
  readonly where: string
  readonly path: string
}

/** Heroku's web server scripts are not there; what they are told is the document root. */
function herokuWebServer(web: string | undefined): { documentRoot: NamedFolder | undefined } | undefined {
  const [, folder] = /^(?:vendor\/bin\/)?heroku-php-(?:apache2|nginx)(?:\s+([^\s-][^\s]*))?$/.exec(web ?? '') ?? []
  if (folder !== undefined) return { documentRoot: { folder, where: 'web', path: 'Procfile' } }
  return /^(vendor\/bin\/)?heroku-php-/.test(web ?? '') ? { documentRoot: undefined } : undefined
}

/** As Symfony has it: https://symfony.com/doc/current/configuration/override_dir_structure.html */
function publicDir(composer: Composer | undefined): NamedFolder | undefined {
  const folder = composer?.manifest.extra['public-dir']
  return typeof folder === 'string' ? { folder, where: 'extra.public-dir', path: 'composer.json' } : undefined
}

function refuseReservedFolder(source: SourceTree): void {
  const reserved = source.entries.find(({ path }) => path === '.webspaces' || path.startsWith('.webspaces/'))
  if (reserved === undefined) return
  throw refuse('.webspaces', 'this name is reserved for files that the build adds', 'git rm -r --cached .webspaces')
}

function nothingToServe(): Error {
  return refuse(
    'composer.json',
    'there is nothing to serve: no index.php in public/, web/ or the root',
    'Add public/index.php, or a Procfile with a web process.',
  )
}

function topLevelNames(source: SourceTree): string[] {
  const names = new Set(source.entries.map(({ path }) => shown(path.split('/', 1)[0] ?? '')))
  return [...names].slice(0, 20)
}

import { readProcfile, refuse, shown, type SourceTree } from '@webspaces/core'
import type { SiteFacts } from './facts.ts'
import type { Manifest } from './manifest.ts'
import type { ManagerName } from './package-manager.ts'
import { resolveScript } from './start-script.ts'

export interface FoundSite {
  readonly site: SiteFacts
  readonly notes: readonly string[]
}

const STATIC_FOLDERS = ['.', 'public', 'dist', 'build', 'out', '_site']

// Development servers of tools whose build makes plain files. Served by these, a site would be slow, would often not
// listen on PORT, and would need what only the build needs.
const DEVELOPMENT_SERVERS =
  /^(react-scripts start|vite( (dev|serve|preview|--.*))?$|ng serve|vue-cli-service serve|webpack(-dev-server| serve)|astro( (dev|preview|start))?$|gatsby (develop|serve)|parcel( (serve|watch))? [^b])/

/**
 * How the site is served: Procfile, `start` script, `main`, server.js or index.js, files. The first that is there.
 * @returns undefined if nothing is
 * @throws a refusal for a Procfile or script that cannot be read
 */
export async function inspectSite(
  source: SourceTree,
  manifest: Manifest | undefined,
  manager: ManagerName,
): Promise<FoundSite | undefined> {
  const procfile = await readProcfile(source)
  const others = procfile?.others ?? []
  const notes = others.length === 0 ? [] : [`Not run, of the Procfile: ${shown(others.join(', '))}; only web is`]
  if (procfile?.web !== undefined) return started(procfile.web, 'Procfile', notes)
  return (
    fromScripts(manifest, manager, notes) ??
    fromEntryFile(source, manifest, notes) ??
    fromFiles(source, manifest, notes)
  )
}

function fromScripts(
  manifest: Manifest | undefined,
  manager: ManagerName,
  notes: readonly string[],
): FoundSite | undefined {
  if (manifest?.scripts['start'] === undefined || manifest.scripts['start'].trim() === '') return undefined
  const start = resolveScript(manifest, manager, 'start')
  const development = DEVELOPMENT_SERVERS.test(start.command) || start.command.startsWith('nest start')
  if (development && manifest.scripts['start:prod'] !== undefined) {
    return fromScript(manifest, manager, 'start:prod', [
      ...notes,
      'scripts.start is for development; start:prod is used',
    ])
  }
  if (development && !start.command.startsWith('nest') && 'build' in manifest.scripts) {
    const note = `scripts.start is for development (${shown(start.command)}); what the build makes is served`
    return { site: { type: 'static', folder: null }, notes: [...notes, note] }
  }
  return fromScript(manifest, manager, 'start', notes)
}

function fromScript(manifest: Manifest, manager: ManagerName, name: string, notes: readonly string[]): FoundSite {
  const { before, command, standsAlone } = resolveScript(manifest, manager, name)
  const site: SiteFacts = { type: 'process', command, before, script: standsAlone ? null : name }
  return { site, notes: [...notes, `Started by scripts.${name}: ${shown(command)}`] }
}

function fromEntryFile(
  source: SourceTree,
  manifest: Manifest | undefined,
  notes: readonly string[],
): FoundSite | undefined {
  const main = manifest?.main === undefined ? undefined : entryOf(source, manifest.main, 'build' in manifest.scripts)
  if (main !== undefined) return started(`node ${main}`, 'main', notes)
  // Without a package.json, index.js may as well be a script of the page beside it.
  const entry = ['server.js', ...(manifest === undefined ? [] : ['index.js'])].find((path) => source.has(path))
  return entry === undefined ? undefined : started(`node ${entry}`, entry, notes)
}

/** The path that `main` names, if it is a file of the tree, or will be made by the build. */
function entryOf(source: SourceTree, main: string, builds: boolean): string | undefined {
  const path = main.replace(/^\.\//, '').replace(/\/$/, '')
  if (!/^[\w@+-][\w@+.-]*(\/[\w@+-][\w@+.-]*)*$/.test(path) || path.startsWith('-')) return undefined
  const isThere = [path, `${path}.js`, `${path}.mjs`, `${path}.cjs`, `${path}/index.js`].some((file) =>
    source.has(file),
  )
  return isThere || (builds && /^(dist|build|lib|out)\//.test(path)) ? path : undefined
}

function started(command: string, from: string, notes: readonly string[]): FoundSite {
  const site: SiteFacts = { type: 'process', command, before: [], script: null }
  return { site, notes: [...notes, `Started by ${from}: ${shown(command)}`] }
}

function fromFiles(
  source: SourceTree,
  manifest: Manifest | undefined,
  notes: readonly string[],
): FoundSite | undefined {
  if (manifest !== undefined && 'build' in manifest.scripts) {
    return {
      site: { type: 'static', folder: null },
      notes: [...notes, 'No server to start: what the build makes is served'],
    }
  }
  const folder = STATIC_FOLDERS.find((path) => source.has(path === '.' ? 'index.html' : `${path}/index.html`))
  if (folder === undefined) return undefined
  const what = folder === '.' ? 'the root of the repository' : `${folder}/`
  return { site: { type: 'static', folder }, notes: [...notes, `No server to start: the files of ${what} are served`] }
}

export function nothingToStart(): Error {
  return refuse(
    'package.json',
    'nothing says how the site is started: no "start" script, no "main", no server.js or index.js, no index.html',
    'Add to package.json: "scripts": { "start": "node server.js" } (a server that listens on the port in PORT)',
  )
}

import { refuse, shown, type Inspection, type RuntimeOptions, type SourceTree } from '@webspaces/core'
import type { NodeFacts } from './facts.ts'
import { inspectInstall } from './install.ts'
import { readManifest, type Manifest } from './manifest.ts'
import { chooseNode } from './node-version.ts'
import { choosePackageManager, type ChosenManager } from './package-manager.ts'
import { inspectSite, nothingToStart } from './site.ts'

const NPM: ChosenManager = { manager: { name: 'npm', package: null, lockfile: null }, notes: [] }

/** @throws a refusal */
export async function inspect(source: SourceTree, options: RuntimeOptions): Promise<Inspection<NodeFacts>> {
  const manifest = await readManifest(source)
  const { manager, notes: managerNotes } = manifest === undefined ? NPM : await choosePackageManager(source, manifest)
  const found = await inspectSite(source, manifest, manager.name)
  if (found === undefined) {
    if (manifest !== undefined) throw nothingToStart()
    return { type: 'absent', found: topLevelNames(source) }
  }
  refuseReservedFolder(source)

  const range = manifest?.engines.node
  const node = chooseNode(range, options)
  const install = manifest === undefined ? null : inspectInstall(source, manifest, manager)
  const facts: NodeFacts = {
    node: node.major,
    nodeRange: range ?? null,
    manager,
    install,
    build: hasBuild(manifest),
    site: found.site,
  }
  return { type: 'fits', facts, notes: [node.note, ...(install === null ? [] : installNotes()), ...found.notes] }

  function installNotes(): string[] {
    const advice =
      manager.lockfile === null ? ['Commit a lockfile, so that every build installs the same versions'] : []
    const committed = source.entries.some(({ path }) => path.startsWith('node_modules/'))
    return [...managerNotes, ...advice, ...(committed ? ['node_modules is committed; it is installed anew'] : [])]
  }
}

function hasBuild(manifest: Manifest | undefined): boolean {
  return (manifest?.scripts['build'] ?? '').trim() !== ''
}

function refuseReservedFolder(source: SourceTree): void {
  const reserved = source.entries.find(({ path }) => path === '.webspaces' || path.startsWith('.webspaces/'))
  if (reserved === undefined) return
  throw refuse('.webspaces', 'this name is reserved for files that the build adds', 'git rm -r --cached .webspaces')
}

function topLevelNames(source: SourceTree): string[] {
  const names = new Set(source.entries.map(({ path }) => shown(path.split('/', 1)[0] ?? '')))
  return [...names].slice(0, 20)
}

import type { SourceTree } from '@webspaces/core'
import type { InstallFacts } from './facts.ts'
import type { Manifest } from './manifest.ts'
import type { PackageManager } from './package-manager.ts'

/** npm and its kin run these of the root package at every install. */
const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall', 'preprepare', 'prepare', 'postprepare', 'prepublish']

// What the managers read besides the manifest.
const SETTINGS = ['.npmrc', '.yarnrc', '.yarnrc.yml', '.pnpmfile.cjs', '.pnpmfile.mjs']

/** What has to be installed; null if neither the site nor its build depends on anything. */
export function inspectInstall(source: SourceTree, manifest: Manifest, manager: PackageManager): InstallFacts | null {
  const runsScripts = INSTALL_SCRIPTS.some((name) => name in manifest.scripts) || source.has('binding.gyp')
  const hasWorkspaces = manifest.workspaces !== undefined || source.has('pnpm-workspace.yaml')
  // The packages of a workspace have devDependencies of their own.
  const mayNeedDevelopment =
    (!isEmpty(manifest.devDependencies) || hasWorkspaces) && ('build' in manifest.scripts || runsScripts)
  if (!mayNeedDevelopment && !needsForSite(manifest) && !hasWorkspaces && !runsScripts) return null
  return {
    scope: mayNeedDevelopment ? 'all' : 'production',
    inputs: runsScripts || hasWorkspaces ? null : installInputs(source, manifest, manager),
  }
}

function needsForSite({ dependencies, optionalDependencies, peerDependencies }: Manifest): boolean {
  return ![dependencies, optionalDependencies, peerDependencies].every(isEmpty)
}

function isEmpty(dependencies: Readonly<Record<string, string>>): boolean {
  return Object.keys(dependencies).length === 0
}

function installInputs(source: SourceTree, manifest: Manifest, manager: PackageManager): string[] | null {
  // Without a lockfile the outcome depends on what the registry has today.
  if (manager.lockfile === null || dependsOnOtherFiles(source, manifest)) return null
  return ['package.json', manager.lockfile, ...SETTINGS.filter((path) => source.has(path))]
}

/** Packages in folders of the tree, patches of packages, and releases and plugins of Yarn. */
function dependsOnOtherFiles(source: SourceTree, manifest: Manifest): boolean {
  const versions = [manifest.dependencies, manifest.devDependencies, manifest.optionalDependencies].flatMap(
    Object.values,
  )
  return (
    versions.some((version) => /^(file|link|portal|patch|workspace):|^[./~]/.test(String(version))) ||
    source.entries.some(({ path }) => path.startsWith('.yarn/') || path.startsWith('patches/'))
  )
}

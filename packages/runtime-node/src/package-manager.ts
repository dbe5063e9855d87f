import { refuse, shown, type SourceTree } from '@webspaces/core'
import type { Manifest } from './manifest.ts'

export type ManagerName = 'npm' | 'pnpm' | 'yarn' | 'berry'

export type PackageManager = {
  readonly name: ManagerName
  /** What npm installs to get it: `pnpm@10`. Null for npm itself, which comes with Node.js. */
  readonly package: string | null
  readonly lockfile: string | null
}

export interface ChosenManager {
  readonly manager: PackageManager
  readonly notes: readonly string[]
}

// A forgotten package-lock.json is what most often lies beside another lockfile, so npm comes last. Of its own two,
// npm takes npm-shrinkwrap.json.
const LOCKFILES = [
  { path: 'pnpm-lock.yaml', family: 'pnpm' },
  { path: 'yarn.lock', family: 'yarn' },
  { path: 'npm-shrinkwrap.json', family: 'npm' },
  { path: 'package-lock.json', family: 'npm' },
] as const

const MAX_LOCKFILE = 16 * 1024 * 1024

/**
 * Which package manager installs the dependencies: the one that `packageManager` names, or else the one whose lockfile
 * is there, or else npm.
 * @throws a refusal for a manager that is not known
 */
export async function choosePackageManager(source: SourceTree, manifest: Manifest): Promise<ChosenManager> {
  const present = LOCKFILES.filter(({ path }) => source.has(path))
  const declared = manifest.packageManager === undefined ? undefined : parseDeclared(manifest.packageManager)
  const family = declared?.family ?? present[0]?.family ?? 'npm'
  const lockfile = present.find((candidate) => candidate.family === family)?.path ?? null
  const version = declared?.version ?? (lockfile === null ? undefined : await versionOf(source, family, lockfile))
  const manager: PackageManager = { ...identify(family, version), lockfile }
  const paths = present.map(({ path }) => path)
  return { manager, notes: describeChoice(manager, paths, declared !== undefined) }
}

type Family = (typeof LOCKFILES)[number]['family']

/** Yarn since 2 is another program than Yarn 1, in another npm package. */
function identify(family: Family, version: string | undefined): Pick<PackageManager, 'name' | 'package'> {
  if (family === 'npm') return { name: 'npm', package: null }
  if (family === 'pnpm') return { name: 'pnpm', package: `pnpm@${version ?? '10'}` }
  return version === undefined || version.startsWith('1.')
    ? { name: 'yarn', package: `yarn@${version ?? '1.22.22'}` }
    : { name: 'berry', package: `@yarnpkg/cli-dist@${version}` }
}

/** As Corepack reads it: name, exact version, and a hash, which is npm's to check and not needed here. */
function parseDeclared(text: string): { family: Family; version: string } {
  const [, name, version] =
    /^([a-z]+)@(\d{1,4}\.\d{1,4}\.\d{1,4}(?:-[0-9A-Za-z.-]{1,50})?)(?:\+sha\d+\.[0-9a-f]+)?$/.exec(text) ?? []
  const family = LOCKFILES.find((known) => known.family === name)?.family
  if (family !== undefined && version !== undefined) return { family, version }
  throw refuse(
    'package.json',
    `packageManager "${shown(text)}" is not npm, pnpm or yarn with an exact version`,
    'Write for example: "pnpm@10.34.8"',
  )
}

/** The version that can read this lockfile. */
async function versionOf(source: SourceTree, family: Family, lockfile: string): Promise<string | undefined> {
  if (family === 'npm') return undefined
  const text = (await source.read(lockfile, MAX_LOCKFILE)) ?? ''
  if (family === 'pnpm') {
    const format = /^lockfileVersion: ['"]?(\d+)/m.exec(text)?.[1]
    return format === '5' ? '7' : format === '6' ? '8' : undefined
  }
  const format = /^__metadata:\r?\n {2}version: (\d+)/m.exec(text)?.[1]
  if (format === undefined) return undefined
  return (await versionOfYarnPath(source)) ?? (Number(format) >= 8 ? '4' : Number(format) >= 5 ? '3' : '2')
}

/** A release that is committed runs in place of whatever Yarn is started, so it may as well be that one. */
async function versionOfYarnPath(source: SourceTree): Promise<string | undefined> {
  const settings = source.has('.yarnrc.yml') ? await source.read('.yarnrc.yml') : undefined
  return /^yarnPath: *['"]?\.yarn\/releases\/yarn-(\d{1,4}\.\d{1,4}\.\d{1,4})\.cjs['"]?\s*$/m.exec(settings ?? '')?.[1]
}

function describeChoice(manager: PackageManager, present: readonly string[], declared: boolean): string[] {
  const program = (manager.package ?? 'npm').replace('@yarnpkg/cli-dist', 'yarn')
  const from = declared ? 'named by packageManager' : manager.lockfile
  const others = present.filter((path) => path !== manager.lockfile)
  const advice = declared ? '' : '; "packageManager" in package.json says which one counts'
  return [
    `Dependencies by ${program}${from === null ? '' : `, ${from}`}`,
    ...(others.length === 0 ? [] : [`Not used: ${others.join(', ')}${advice}`]),
  ]
}

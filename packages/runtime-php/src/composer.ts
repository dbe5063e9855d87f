import type { SourceTree } from '@webspaces/core'
import { z } from 'zod'
import type { ComposerFacts } from './facts.ts'
import { readJsonFile } from './json-file.ts'

// PHP writes an empty map as an empty list.
const map = <T extends z.ZodType>(value: T) =>
  z
    .preprocess((given) => (Array.isArray(given) && given.length === 0 ? {} : given), z.record(z.string(), value))
    .default({})

const requirements = map(z.string().max(500))

const manifest = z.object({
  require: requirements,
  autoload: map(z.unknown()),
  repositories: z.unknown().optional(),
  config: z
    .preprocess(
      (given) => (Array.isArray(given) && given.length === 0 ? {} : given),
      z.object({
        'vendor-dir': z.string().max(500).optional(),
        platform: map(z.union([z.string(), z.literal(false)])),
      }),
    )
    .default({ platform: {} }),
  extra: map(z.unknown()),
})

const lockfile = z.object({
  packages: z.array(z.object({ name: z.string(), require: requirements })).default([]),
})

/** The fields of a composer.json that matter here. */
export type Manifest = z.output<typeof manifest>

export interface Composer {
  readonly manifest: Manifest
  /** The packages of composer.lock. */
  readonly locked: readonly { readonly name: string; readonly require: Readonly<Record<string, string>> }[]
  readonly hasLock: boolean
}

const MiB = 1024 * 1024

/** @throws a refusal that names the file, and the line or the field */
export async function readComposer(source: SourceTree): Promise<Composer | undefined> {
  const read = await readJsonFile(source, 'composer.json', manifest, MiB)
  if (read === undefined) return undefined
  const lock = await readJsonFile(source, 'composer.lock', lockfile, 16 * MiB)
  return { manifest: read, locked: lock?.packages ?? [], hasLock: lock !== undefined }
}

/** What Composer has to do; null if there is neither a package to install nor a class to load. */
export function inspectComposer(source: SourceTree, composer: Composer): ComposerFacts | null {
  const { manifest, hasLock } = composer
  const packages = Object.keys(manifest.require).filter((name) => name.includes('/'))
  if (packages.length === 0 && Object.keys(manifest.autoload).length === 0) return null
  const alone = hasLock && manifest.config['vendor-dir'] === undefined && !readsOtherFiles(source, manifest)
  return { inputs: alone ? ['composer.json', 'composer.lock'] : null }
}

/** Packages in folders of the tree, and patches that a plugin applies to packages. */
function readsOtherFiles(source: SourceTree, manifest: Manifest): boolean {
  const repositories = JSON.stringify(manifest.repositories ?? [])
  return /"(path|artifact)"/.test(repositories) || source.entries.some(({ path }) => path.startsWith('patches/'))
}

import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** Where git keeps the objects of a push until it has accepted them, as its hooks are told. */
export interface Quarantine {
  readonly objectDirectory: string
  /** Where it finds the objects that are in the repository already. */
  readonly alternates: string
}

/** git's own names for it; `git gc` clears what is old. */
const INCOMING = 'tmp_objdir-incoming-'
export const COMMIT_PREFIX = 'tmp_objdir-commit-'

/** Removes objects that git kept apart and never accepted, because it was killed. No push may be running. */
export async function sweepIncoming(repository: string): Promise<void> {
  await sweep(repository, INCOMING)
}

/**
 * Removes also what commits of the backend left, and the locks of refs: nothing runs in a repository when the platform
 * starts, and a lock that stayed would refuse every later push to its branch. No ref's name ends with `.lock`.
 */
export async function sweepRepository(repository: string): Promise<void> {
  await sweep(repository, INCOMING)
  await sweep(repository, COMMIT_PREFIX)
  for (const lock of ['HEAD.lock', 'packed-refs.lock', 'config.lock']) await rm(join(repository, lock), { force: true })
  const refs = join(repository, 'refs')
  for (const entry of await entriesOf(refs, { recursive: true })) {
    if (entry.endsWith('.lock')) await rm(join(refs, entry), { force: true })
  }
}

async function sweep(repository: string, prefix: string): Promise<void> {
  const objects = join(repository, 'objects')
  for (const entry of await entriesOf(objects)) {
    if (entry.startsWith(prefix)) await rm(join(objects, entry), { recursive: true, force: true, maxRetries: 5 })
  }
}

async function entriesOf(folder: string, options: { readonly recursive?: boolean } = {}): Promise<string[]> {
  return readdir(folder, options).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  })
}

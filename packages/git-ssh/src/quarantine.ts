import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** git's own name for it; `git gc` clears it as well when it is old. */
export const QUARANTINE_PREFIX = 'tmp_objdir-'

/** Removes pushed objects that git kept apart and never accepted, because it was killed. No push may be running. */
export async function sweepQuarantine(repository: string): Promise<void> {
  const objects = join(repository, 'objects')
  for (const entry of await entriesOf(objects)) {
    if (entry.startsWith(QUARANTINE_PREFIX)) await rm(join(objects, entry), { recursive: true, force: true, maxRetries: 5 })
  }
}

/**
 * Removes also the locks of refs that a killed git left: no git runs in the repository when the platform starts, and
 * a lock that stayed would refuse every later push to its branch. No ref's name ends with `.lock`.
 */
export async function sweepRepository(repository: string): Promise<void> {
  await sweepQuarantine(repository)
  for (const lock of ['HEAD.lock', 'packed-refs.lock', 'config.lock']) await rm(join(repository, lock), { force: true })
  const refs = join(repository, 'refs')
  for (const entry of await entriesOf(refs, { recursive: true })) {
    if (entry.endsWith('.lock')) await rm(join(refs, entry), { force: true })
  }
}

async function entriesOf(folder: string, options: { readonly recursive?: boolean } = {}): Promise<string[]> {
  return readdir(folder, options).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  })
}

import type { Clock, TreeEntry } from '@webspaces/core'
import type isomorphicGit from 'isomorphic-git'

export type IsomorphicGit = typeof isomorphicGit

/** Loaded when first needed: a platform that only takes pushes never does. */
export async function loadGit(): Promise<IsomorphicGit> {
  return (await import('isomorphic-git')).default
}

const MISSING = new Set(['NotFoundError', 'ObjectTypeError', 'InvalidFilepathError'])

/** The errors by which isomorphic-git says that a path or object is not there, or not of that type. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && MISSING.has(String(error.code))
}

const ATTEMPTS = 6
const PAUSE_MS = 20

/**
 * A repack takes a pack away between the moment an object is found in it and the moment it is read; isomorphic-git
 * also looks into packs that git is still writing. The object is in another pack then, or will be in a moment.
 */
export async function retryDuringRepack<T>(clock: Pick<Clock, 'sleep'>, read: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await read()
    } catch (error) {
      // What is not there after a second look is not there.
      if (attempt === (isMissing(error) ? 2 : ATTEMPTS)) throw error
      await clock.sleep(PAUSE_MS * 2 ** (attempt - 1))
    }
  }
}

/** isomorphic-git gives modes as git writes them, padded to six digits. */
export function entryType(mode: string): TreeEntry['type'] {
  switch (mode) {
    case '040000':
      return 'folder'
    case '100755':
      return 'executable'
    case '120000':
      return 'symlink'
    case '160000':
      return 'submodule'
    default:
      return 'file'
  }
}

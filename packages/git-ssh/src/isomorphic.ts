import type { TreeEntry } from '@webspaces/core'
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

/** A repack between finding an object's pack and reading it takes the pack away; the object is in another one then. */
export async function retryAfterRepack<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch {
    return read()
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

import * as fs from 'node:fs'
import { coreError } from '@webspaces/core'
import type { TreeEntry } from 'isomorphic-git'
import type { IsomorphicGit } from './isomorphic.ts'

export interface TreeStores {
  readonly git: IsomorphicGit
  /** Repository that present trees are read from. */
  readonly from: string
  /** Repository that new objects are written to. */
  readonly to: string
}

type Content = string | Uint8Array | null

/** Changes of one folder: a file's content, null to remove it, or changes of a folder below. */
type Changes = Map<string, Content | Changes>

const MODE = { file: '100644', folder: '040000' } as const

/**
 * Writes the tree that `oid` becomes with these files, and returns its oid; undefined if nothing is left in it.
 * @throws WS_INVALID for a path that cannot be one in a tree
 */
export async function writeTree(
  stores: TreeStores,
  oid: string | undefined,
  files: Readonly<Record<string, Content>>,
): Promise<string | undefined> {
  return applyTo(stores, oid, nest(files))
}

async function applyTo(stores: TreeStores, oid: string | undefined, changes: Changes): Promise<string | undefined> {
  const { git, from, to } = stores
  const present = oid === undefined ? [] : (await git.readTree({ fs, gitdir: from, oid })).tree
  const entries = new Map(present.map((entry) => [entry.path, entry]))
  for (const [name, change] of changes) {
    const entry = await changedEntry(stores, name, entries.get(name), change)
    if (entry === undefined) entries.delete(name)
    else entries.set(name, entry)
  }
  // git has no empty folders.
  if (entries.size === 0) return undefined
  return git.writeTree({ fs, gitdir: to, tree: [...entries.values()] })
}

async function changedEntry(
  stores: TreeStores,
  name: string,
  present: TreeEntry | undefined,
  change: Content | Changes,
): Promise<TreeEntry | undefined> {
  if (change instanceof Map) {
    const below = await applyTo(stores, present?.type === 'tree' ? present.oid : undefined, change)
    return below === undefined ? undefined : { mode: MODE.folder, path: name, oid: below, type: 'tree' }
  }
  if (change === null) return undefined
  const oid = await stores.git.writeBlob({ fs, gitdir: stores.to, blob: bytes(change) })
  // A file that was executable stays so.
  return { mode: present?.mode === '100755' ? present.mode : MODE.file, path: name, oid, type: 'blob' }
}

function bytes(content: string | Uint8Array): Uint8Array {
  return typeof content === 'string' ? Buffer.from(content) : content
}

function nest(files: Readonly<Record<string, Content>>): Changes {
  const root: Changes = new Map()
  for (const [path, content] of Object.entries(files)) {
    const parts = partsOf(path)
    const name = parts.pop() ?? ''
    let folder = root
    for (const part of parts) {
      const below = folder.get(part) ?? new Map<string, Content | Changes>()
      if (!(below instanceof Map)) throw invalid(path, 'is below a path that is changed as a file')
      folder.set(part, below)
      folder = below
    }
    if (folder.has(name)) throw invalid(path, 'is changed both as a file and as a folder')
    folder.set(name, content)
  }
  return root
}

/** What git itself refuses in a tree (fsck: empty, dot, dot-dot and .git entries). */
function partsOf(path: string): string[] {
  const parts = path.split('/')
  for (const part of parts) {
    if (part === '' || part === '.' || part === '..' || part.toLowerCase() === '.git' || part.includes('\0')) {
      throw invalid(path, 'is not a path in a repository')
    }
  }
  return parts
}

function invalid(path: string, problem: string): Error {
  return coreError('WS_INVALID', `files: ${JSON.stringify(path.slice(0, 200))} ${problem}`)
}

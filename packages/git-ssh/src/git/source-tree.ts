import { coreError, type SourceEntry, type SourceTree } from '@webspaces/core'
import { gitSshError } from '../errors.ts'
import type { GitProcess } from './git.ts'
import type { GitObject } from './object-reader.ts'

const DEFAULT_READ_BYTES = 1024 * 1024

interface ListedEntry extends SourceEntry {
  readonly oid: string
}

/**
 * The files of a commit from the output of `git ls-tree -r -l -z`, which is sorted by path already.
 * @throws WS_PUSH_TOO_LARGE
 */
export async function readSourceTree(
  listing: GitProcess,
  maxEntries: number,
  read: (oid: string, limit: number) => Promise<GitObject | undefined>,
): Promise<SourceTree> {
  listing.stdin.end()
  const byPath = new Map<string, ListedEntry>()
  let rest = ''
  listing.stdout.setEncoding('utf8')
  for await (const chunk of listing.stdout as AsyncIterable<string>) {
    const records = (rest + chunk).split('\0')
    rest = records.pop() ?? ''
    for (const record of records) {
      const entry = parseRecord(record)
      byPath.set(entry.path, entry)
    }
    if (byPath.size > maxEntries) {
      listing.kill()
      throw coreError('WS_PUSH_TOO_LARGE', `the pushed tree has more than ${maxEntries} files`)
    }
  }
  const { code, stderr } = await listing.exited
  if (code !== 0) throw gitSshError('WS_GIT_FAILED', 'git ls-tree failed', { details: { stderr } })
  return {
    entries: [...byPath.values()].map(({ path, type, size }) => ({ path, type, size })),
    has: (path) => isFile(byPath.get(path)),
    async read(path, limit = DEFAULT_READ_BYTES) {
      const entry = byPath.get(path)
      if (!isFile(entry) || entry.size > limit) return undefined
      return (await read(entry.oid, limit))?.content?.toString('utf8')
    },
  }
}

/** `100644 blob <oid>    1234\t<path>`; a submodule's size is `-`. */
function parseRecord(record: string): ListedEntry {
  const tab = record.indexOf('\t')
  const [mode = '', , oid = '', size = ''] = record.slice(0, tab).split(/ +/)
  return { path: record.slice(tab + 1), type: typeOf(mode), size: Number(size) || 0, oid }
}

function typeOf(mode: string): SourceEntry['type'] {
  if (mode === '100755') return 'executable'
  if (mode === '120000') return 'symlink'
  return mode === '160000' ? 'submodule' : 'file'
}

function isFile(entry: ListedEntry | undefined): entry is ListedEntry {
  return entry?.type === 'file' || entry?.type === 'executable'
}

import type { SourceEntry, SourceTree } from '../contracts/source.ts'

const DEFAULT_LIMIT = 1024 * 1024

/**
 * A tree held in memory: path → content, as a pushed commit would show it.
 * @example sourceTree({ 'package.json': '{}', 'public/index.html': '<h1>Hello</h1>' })
 */
export function sourceTree(files: Readonly<Record<string, string>>): SourceTree {
  const contents = new Map(Object.entries(files))
  const entries = [...contents]
    .map(([path, content]): SourceEntry => ({ path, type: 'file', size: byteLength(content) }))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
  return {
    entries,
    has: (path) => contents.has(path),
    read: (path, limit = DEFAULT_LIMIT) => {
      const content = contents.get(path)
      return Promise.resolve(content === undefined || byteLength(content) > limit ? undefined : content)
    },
  }
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).byteLength
}

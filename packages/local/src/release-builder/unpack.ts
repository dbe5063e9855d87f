import { mkdir, open, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { coreError } from '@webspaces/core'
import { extract, type Extract, type Header } from 'tar-stream'
import { localError } from '../errors.ts'

/** Files, folders and links of one tree. */
const MAX_ENTRIES = 250_000

/**
 * Writes a tar stream into an empty folder, one chunk in memory at a time.
 *
 * Nothing is ever written outside: every path is checked, links are made when all files are there (so no file is
 * written through one), and a link leads up no further than to the folder and then only down.
 * @throws WS_LOCAL_UNSAFE_PATH for a path, link or kind of entry that no repository needs; WS_PUSH_TOO_LARGE.
 */
export async function unpack(source: Readable, folder: string, maxBytes: number, signal: AbortSignal): Promise<void> {
  const links: { readonly path: string; readonly target: string }[] = []
  let entries = 0
  let bytes = 0
  const archive = extract()
  const reading = feed(archive, source, signal)
  const writing = (async () => {
    for await (const entry of archive) {
      const { header } = entry
      bytes += header.size
      if (++entries > MAX_ENTRIES) throw coreError('WS_PUSH_TOO_LARGE', `the tree has more than ${MAX_ENTRIES} entries`)
      if (bytes > maxBytes) throw coreError('WS_PUSH_TOO_LARGE', `the tree has more than ${maxBytes} bytes`)
      const path = safePath(header.name)
      await mkdir(join(folder, header.type === 'directory' ? path : dirname(path)), { recursive: true })
      if (header.type === 'file') await writeNew(join(folder, path), entry, header)
      else if (header.type === 'symlink') links.push({ path, target: safeTarget(path, header.linkname) })
      else if (header.type !== 'directory') throw unsafe(path, `a ${header.type}`)
      entry.resume()
    }
  })()
  // Whichever of the two fails first ends the other; its error is the one to tell.
  try {
    await Promise.all([reading, writing])
  } finally {
    source.destroy()
    await Promise.allSettled([reading, writing])
  }
  for (const { path, target } of links) await symlink(target, join(folder, path)).catch(twice(path))
}

/** By hand: the streams of tar-stream are not Node's own, and `pipeline` does not always see them end. */
async function feed(archive: Extract, source: Readable, signal: AbortSignal): Promise<void> {
  const abort = (): void => void source.destroy(signal.reason as Error)
  signal.addEventListener('abort', abort, { once: true })
  const closed = new Promise<void>((resolve) => archive.once('close', () => resolve()))
  try {
    signal.throwIfAborted()
    for await (const chunk of source) {
      if (archive.destroyed) return
      if (archive.write(chunk)) continue
      await Promise.race([new Promise<void>((resolve) => archive.once('drain', () => resolve())), closed])
    }
    archive.end(null)
  } catch (error) {
    archive.destroy(error as Error)
    throw error
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

async function writeNew(path: string, content: AsyncIterable<unknown>, header: Header): Promise<void> {
  const executable = (header.mode & 0o100) !== 0
  const file = await open(path, 'wx', executable ? 0o755 : 0o644).catch(twice(header.name))
  try {
    for await (const chunk of content) await file.writeFile(chunk as Uint8Array)
  } finally {
    await file.close()
  }
}

/** A relative path of plain names. */
function safePath(name: string): string {
  const path = name.replace(/^(?:\.\/)+/, '').replace(/\/$/, '') || '.'
  const plain = path === '.' || path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
  if (!plain || path.includes('\0')) throw unsafe(name, 'a path out of the tree')
  return path
}

/**
 * The target of a link at `path`: first up, at most to the root of the tree, then down. As no name is followed by `..`,
 * it stays inside whatever the names in it are: also if they are links of this kind.
 */
function safeTarget(path: string, target: string): string {
  const parts = target.split('/').filter((part) => part !== '.' && part !== '')
  const up = parts.findIndex((part) => part !== '..')
  const ups = up === -1 ? parts.length : up
  const depth = path.split('/').length - 1
  if (target === '' || target.startsWith('/') || ups > depth || parts.lastIndexOf('..') >= ups) {
    throw unsafe(path, `a link to ${JSON.stringify(target.slice(0, 200))}`)
  }
  return target
}

function unsafe(path: string, what: string): Error {
  return localError('WS_LOCAL_UNSAFE_PATH', `${JSON.stringify(path.slice(0, 200))} is ${what}`)
}

function twice(path: string): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    throw error.code === 'EEXIST' || error.code === 'EISDIR' ? unsafe(path, 'there twice') : error
  }
}

import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** Bytes of all files in a folder, links not followed. What goes while it is counted counts as nothing. */
export async function folderBytes(path: string): Promise<number> {
  let bytes = 0
  for (const entry of await readdir(path, { withFileTypes: true }).catch(() => [])) {
    const child = join(path, entry.name)
    if (entry.isDirectory()) bytes += await folderBytes(child)
    else
      bytes += await lstat(child).then(
        ({ size }) => size,
        () => 0,
      )
  }
  return bytes
}

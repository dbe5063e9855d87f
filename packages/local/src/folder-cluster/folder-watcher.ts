import { statSync, watch, type FSWatcher } from 'node:fs'
import { basename } from 'node:path'

interface Watched {
  readonly watcher: FSWatcher
  readonly ino: number
}

/**
 * Tells about changes in folders: one watch a folder, not one a file, so that a hundred thousand files need no more of
 * the system's watches than there are namespaces.
 */
export class FolderWatcher {
  readonly #watched = new Map<string, Watched>()
  readonly #onChange: (folder: string, file: string | undefined) => void
  readonly #onFailure: (folder: string, error: unknown) => void

  constructor(
    onChange: (folder: string, file: string | undefined) => void,
    onFailure: (folder: string, error: unknown) => void,
  ) {
    this.#onChange = onChange
    this.#onFailure = onFailure
  }

  /** Does nothing for a folder that is watched already; a folder that another has replaced is watched anew. */
  follow(folder: string): void {
    const ino = inodeOf(folder)
    const known = this.#watched.get(folder)
    if (known !== undefined && known.ino === ino) return
    this.#end(folder)
    if (ino === undefined) return
    try {
      const watcher = watch(folder, { persistent: false }, (_event, file) => {
        // A folder that goes says its own name.
        this.#onChange(folder, file === null || file === basename(folder) ? undefined : file)
      })
      watcher.on('error', (error) => {
        this.#end(folder)
        this.#onFailure(folder, error)
      })
      this.#watched.set(folder, { watcher, ino })
    } catch (error) {
      this.#onFailure(folder, error)
    }
  }

  close(): void {
    for (const folder of [...this.#watched.keys()]) this.#end(folder)
  }

  #end(folder: string): void {
    this.#watched.get(folder)?.watcher.close()
    this.#watched.delete(folder)
  }
}

function inodeOf(folder: string): number | undefined {
  return statSync(folder, { throwIfNoEntry: false })?.ino
}

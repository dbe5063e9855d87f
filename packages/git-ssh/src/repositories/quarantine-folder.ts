import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { COMMIT_PREFIX, type Quarantine } from './quarantine.ts'

/**
 * Where the objects of a commit by the backend stay until it is accepted, as git does for a push: what is refused
 * leaves nothing in the repository.
 */
export class QuarantineFolder implements Quarantine {
  /** What looks like a repository to isomorphic-git: objects are written below it. */
  readonly gitdir: string
  readonly alternates: string

  private constructor(folder: string, objects: string) {
    this.gitdir = folder
    this.alternates = objects
  }

  static async create(repository: string): Promise<QuarantineFolder> {
    const objects = join(repository, 'objects')
    const folder = await mkdtemp(join(objects, COMMIT_PREFIX))
    await mkdir(join(folder, 'objects'))
    return new QuarantineFolder(folder, objects)
  }

  get objectDirectory(): string {
    return join(this.gitdir, 'objects')
  }

  /** Moves the objects into the repository. An object's name is its content: one that is there already is the same. */
  async release(): Promise<void> {
    for (const fanOut of await readdir(this.objectDirectory)) {
      await mkdir(join(this.alternates, fanOut), { recursive: true })
      for (const object of await readdir(join(this.objectDirectory, fanOut))) {
        await rename(join(this.objectDirectory, fanOut, object), join(this.alternates, fanOut, object))
      }
    }
  }

  async remove(): Promise<void> {
    await rm(this.gitdir, { recursive: true, force: true })
  }
}

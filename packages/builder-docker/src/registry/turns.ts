import { Mutex } from '@webspaces/core'

/**
 * In each repository, one at a time: an image is given to a push, or is removed.
 *
 * Both first look and then act. A push finds the image and notes its use, pruning finds no use and removes the image:
 * at the same moment both would be right, and a Release would name what is gone. One process has a Webspace's pushes and
 * the pruning of its images. Two have them where one takes over from another; then what is left is the moment between
 * the last look and the removal, of an image that nobody has asked for within the grace time before.
 */
export class Turns {
  readonly #mutexes = new Map<string, Mutex>()

  take<R>(repository: string, work: () => Promise<R>): Promise<R> {
    const mutex = this.#mutexes.get(repository) ?? new Mutex()
    this.#mutexes.set(repository, mutex)
    return mutex.run(work)
  }
}

import { relative } from 'node:path'
import type { Kind, Logger, WebspacesError } from '@webspaces/core'
import { kindId } from '@webspaces/core'

/** The files that could not be taken over, each reported once for what is wrong with it. */
export class FileProblems {
  readonly #dir: string
  readonly #logger: Logger
  readonly #problems = new Map<string, Error>()
  readonly #misplaced = new Map<string, ReadonlyMap<string, Error>>()

  constructor(dir: string, logger: Logger) {
    this.#dir = dir
    this.#logger = logger
  }

  /** By path. */
  all(): ReadonlyMap<string, Error> {
    return new Map([...this.#problems, ...[...this.#misplaced.values()].flatMap((files) => [...files])])
  }

  get(path: string): Error | undefined {
    return this.#problems.get(path)
  }

  set(path: string, error: WebspacesError): void {
    this.#problems.set(path, error)
    this.#report(path, error)
  }

  clear(path: string): void {
    if (this.#problems.delete(path))
      this.#logger.info('resource file problem was resolved', { file: relative(this.#dir, path) })
  }

  /** What is in the folder of a kind and cannot be one of its objects. */
  setMisplaced(kind: Kind, files: ReadonlyMap<string, Error>): void {
    const known = this.#misplaced.get(kindId(kind))
    this.#misplaced.set(kindId(kind), files)
    for (const [path, error] of files) if (known?.has(path) !== true) this.#report(path, error)
  }

  #report(path: string, error: Error & { readonly details?: Readonly<Record<string, unknown>> }): void {
    const position = error.details?.['position']
    this.#logger.warn('resource file was refused', {
      file: relative(this.#dir, path),
      ...(position === undefined ? {} : { position }),
      error,
    })
  }
}

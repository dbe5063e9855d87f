import type { Logger } from '@webspaces/core'
import type { Git } from '../git/git.ts'

const TIME_LIMIT_MS = 30 * 60_000

/**
 * Keeps repositories fast: each push leaves loose objects or one more pack. One repository at a time, after its push
 * and beside all other work.
 */
export class Maintenance {
  readonly #git: Git
  readonly #logger: Logger
  readonly #stop = new AbortController()
  readonly #waiting = new Set<string>()
  #working: Promise<void> | undefined

  constructor(git: Git, logger: Logger) {
    this.#git = git
    this.#logger = logger
  }

  /** Looks at a repository soon. git itself decides whether there is anything to do. */
  schedule(path: string): void {
    if (this.#stop.signal.aborted) return
    this.#waiting.add(path)
    this.#working ??= this.#work()
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    this.#waiting.clear()
    await this.#working
  }

  async #work(): Promise<void> {
    for (const path of this.#waiting) {
      this.#waiting.delete(path)
      await this.#maintain(path)
    }
    this.#working = undefined
  }

  async #maintain(path: string): Promise<void> {
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(TIME_LIMIT_MS)])
    try {
      await this.#git.text(['--git-dir', path, 'gc', '--auto', '--quiet'], {
        signal,
        lowPriority: true,
        config: [
          'gc.auto=2000',
          'gc.autoPackLimit=30',
          'gc.autoDetach=false',
          'pack.threads=1',
          'gc.writeCommitGraph=true',
        ],
      })
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#logger.warn('repository maintenance failed', { repository: path, error })
    }
  }
}

import type { LogLine } from '@webspaces/core'

const CAPACITY = 1000

/** Lines from several pods for one reader. Whoever writes faster than is read waits. */
export class LineQueue {
  readonly #lines: LogLine[] = []
  #written = (): void => undefined
  #read: (() => void)[] = []

  /** Resolves when there is room for a further line, or the signal aborts. */
  async put(line: LogLine, signal: AbortSignal): Promise<void> {
    this.#lines.push(line)
    this.#written()
    while (this.#lines.length >= CAPACITY && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const goOn = (): void => {
          signal.removeEventListener('abort', goOn)
          resolve()
        }
        this.#read.push(goOn)
        signal.addEventListener('abort', goOn, { once: true })
      })
    }
  }

  async *lines(signal: AbortSignal): AsyncGenerator<LogLine, void, undefined> {
    const wake = (): void => this.#written()
    signal.addEventListener('abort', wake)
    try {
      while (!signal.aborted) {
        const batch = this.#lines.splice(0)
        for (const resume of this.#read.splice(0)) resume()
        if (batch.length > 0) yield* batch
        else await new Promise<void>((resolve) => (this.#written = resolve))
      }
    } finally {
      signal.removeEventListener('abort', wake)
    }
  }
}

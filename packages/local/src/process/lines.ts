import { terminalText } from '@webspaces/core'

/** Characters after which a line that still goes on is cut; the rest follows as a line of its own. */
export const MAX_LINE = 8 * 1024

/**
 * Cuts a stream of text into lines that are safe to show: without line ends, terminal escapes and control characters
 * (tabs stay). Holds back at most {@link MAX_LINE} characters.
 */
export class LineSplitter {
  readonly #onLine: (line: string) => void
  #rest = ''

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine
  }

  write(text: string): void {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.#emit(line)
    while (this.#rest.length > MAX_LINE) {
      this.#emit(this.#rest.slice(0, MAX_LINE))
      this.#rest = this.#rest.slice(MAX_LINE)
    }
  }

  /** The last line, if it has no line end. */
  end(): void {
    if (this.#rest !== '') this.#emit(this.#rest)
    this.#rest = ''
  }

  #emit(line: string): void {
    for (let from = 0; from === 0 || from < line.length; from += MAX_LINE) {
      this.#onLine(terminalText(line.slice(from, from + MAX_LINE)))
    }
  }
}

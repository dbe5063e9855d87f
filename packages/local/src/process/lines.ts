import { stripVTControlCharacters } from 'node:util'

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
      this.#onLine(printable(line.slice(from, from + MAX_LINE)))
    }
  }
}

/** Text of a stranger as it may reach a terminal or a log. */
function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is removed
  return stripVTControlCharacters(text).replaceAll(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g, '')
}

import { stripVTControlCharacters } from 'node:util'

/** A line that has not ended is shown in parts of this many characters. */
const LONGEST_LINE = 8192

/** Cuts output that comes in pieces into lines that are safe to show: no control character, no colour, no cursor. */
export class LineSplitter {
  readonly #decoder = new TextDecoder()
  readonly #log: (line: string) => void
  #rest = ''

  constructor(log: (line: string) => void) {
    this.#log = log
  }

  write(chunk: Uint8Array): void {
    this.#add(this.#decoder.decode(chunk, { stream: true }))
  }

  /** What is left without a line end. */
  end(): void {
    this.#add(this.#decoder.decode())
    if (this.#rest !== '') this.#show(this.#rest)
    this.#rest = ''
  }

  #add(text: string): void {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.#show(line)
    while (this.#rest.length > LONGEST_LINE) {
      this.#show(this.#rest.slice(0, LONGEST_LINE))
      this.#rest = this.#rest.slice(LONGEST_LINE)
    }
  }

  #show(line: string): void {
    for (let at = 0; at === 0 || at < line.length; at += LONGEST_LINE) {
      this.#log(plainLine(line.slice(at, at + LONGEST_LINE)))
    }
  }
}

/** One line as a terminal would leave it, of a text that may hold anything. */
export function plainLine(text: string): string {
  let line = stripVTControlCharacters(text)
  let end = line.length
  // Not by a pattern: one that looks for the end takes quadratic time.
  while (line[end - 1] === '\r') end--
  line = line.slice(0, end)
  // A progress bar draws over itself: what it drew last counts.
  return line
    .slice(line.lastIndexOf('\r') + 1)
    .replace(/\t/g, '    ')
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, '')
}

/** A text of many lines as one. */
export function joinLines(text: string): string {
  const lines = text.split('\n').map((line) => line.trim())
  return plainLine(lines.filter((line) => line !== '').join(' '))
}

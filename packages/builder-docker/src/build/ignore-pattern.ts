/** Of one `[…]`: each of them is looked at in one step. */
const MAX_RANGES = 100

/** What a match may still take. A step is one state of a pattern at one character of a path. */
export interface Work {
  stepsLeft: number
}

/**
 * One pattern of a `.dockerignore`, matched as Docker's patternmatcher does: `*` and `?` stay within a name, `**` stands
 * for any number of folders, `[…]` for one character.
 *
 * The pattern is the customer's, so it is not turned into a regular expression: one that backtracks would hold up the
 * whole platform. All states of the match are followed at once, in time proportional to pattern and path, and what
 * that comes to is counted.
 */
export class IgnorePattern {
  readonly #tokens: readonly Token[]
  readonly #literal: string | undefined

  /** @throws SyntaxError for a pattern that ends in the middle of `[…]` or after `\`. */
  constructor(pattern: string) {
    this.#tokens = tokenize(pattern)
    this.#literal = /[*?[\\]/.test(pattern) ? undefined : pattern
  }

  /** @returns false also where the work is not done to its end, for want of steps */
  matches(path: string, work: Work): boolean {
    work.stepsLeft--
    if (this.#literal !== undefined) return path === this.#literal
    let states = this.#withSkips(new Set([0]))
    for (const char of path) {
      const next = new Set<number>()
      for (const state of states) this.#step(state, char, next)
      work.stepsLeft -= states.size
      if (next.size === 0 || work.stepsLeft <= 0) return false
      states = this.#withSkips(next)
    }
    return states.has(this.#tokens.length)
  }

  #step(state: number, char: string, next: Set<number>): void {
    const token = this.#tokens[state]
    switch (token?.type) {
      case 'one':
        if (token.accepts(char)) next.add(state + 1)
        return
      case 'name':
        if (char !== '/') next.add(state)
        return
      case 'rest':
        next.add(state)
        return
      case 'folders':
        next.add(state)
        if (char === '/') next.add(state + 1)
        return
      case 'optional':
      case undefined:
        return
    }
  }

  /** Adds the states that are reached without a character. */
  #withSkips(states: Set<number>): Set<number> {
    // A set hands out what is added while it is walked, so that skips after skips are followed too.
    for (const state of states) {
      const type = this.#tokens[state]?.type
      if (type === 'name' || type === 'rest' || type === 'optional') states.add(state + 1)
      if (type === 'optional') states.add(state + 2)
    }
    return states
  }
}

type Token =
  | { readonly type: 'one'; readonly accepts: (char: string) => boolean }
  /** Any characters of one name: `*`. */
  | { readonly type: 'name' }
  /** All that is left: `**` at the end. */
  | { readonly type: 'rest' }
  /** The next token may be left out. */
  | { readonly type: 'optional' }
  /** Any characters up to a slash: `**` before more. */
  | { readonly type: 'folders' }

function tokenize(pattern: string): Token[] {
  const chars = Array.from(pattern)
  const tokens: Token[] = []
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at] ?? ''
    if (char === '*' && chars[at + 1] === '*') {
      at += chars[at + 2] === '/' ? 2 : 1
      if (at + 1 === chars.length) tokens.push({ type: 'rest' })
      else tokens.push({ type: 'optional' }, { type: 'folders' })
    } else if (char === '*') tokens.push({ type: 'name' })
    else if (char === '?') tokens.push({ type: 'one', accepts: (other) => other !== '/' })
    else if (char === '[') {
      const { accepts, end } = characterClass(chars, at)
      tokens.push({ type: 'one', accepts })
      at = end
    } else if (char === '\\') tokens.push(literal(escaped(chars, ++at)))
    else tokens.push(literal(char))
  }
  return tokens
}

function literal(char: string): Token {
  return { type: 'one', accepts: (other) => other === char }
}

function characterClass(
  chars: readonly string[],
  start: number,
): { readonly accepts: (char: string) => boolean; readonly end: number } {
  const negated = chars[start + 1] === '^'
  const ranges: (readonly [string, string])[] = []
  let at = start + (negated ? 2 : 1)
  while (chars[at] !== ']') {
    if (at >= chars.length) throw new SyntaxError('[ has no end')
    if (chars[at] === '\\') at++
    const low = escaped(chars, at++)
    let high = low
    if (chars[at] === '-' && chars[at + 1] !== ']') {
      if (chars[++at] === '\\') at++
      high = escaped(chars, at++)
    }
    ranges.push([low, high])
  }
  if (ranges.length === 0) throw new SyntaxError('[] is empty')
  if (ranges.length > MAX_RANGES) throw new SyntaxError(`[] has more than ${MAX_RANGES} parts`)
  const inRanges = (char: string): boolean => ranges.some(([low, high]) => low <= char && char <= high)
  return { accepts: (char) => char !== '/' && inRanges(char) !== negated, end: at }
}

function escaped(chars: readonly string[], at: number): string {
  const char = chars[at]
  if (char === undefined) throw new SyntaxError('it ends where a character is missing')
  return char
}

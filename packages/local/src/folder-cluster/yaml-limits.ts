import { CST, Lexer } from 'yaml'

/** Deeper than any resource, and far from what ends the process: a parser that runs out of stack takes it along. */
const MAX_NESTING = 200
/** About a second of parsing. */
const MAX_TOKENS = 100_000

const INDICATORS = new Set<CST.TokenType | null>(['seq-item-ind', 'explicit-key-ind', 'map-value-ind'])

/**
 * Says why a text should not be given to the YAML parser, which is recursive, and slow with very many small parts.
 * Each level of nesting takes a bracket, a column of indentation, or an indicator in a line of several (`- - - x`).
 */
export function overYamlLimits(text: string): string | undefined {
  // Nearly every file passes by its characters alone; for the others the tokens are counted.
  if (text.length * 2 <= MAX_TOKENS && nestingByCharacters(text) <= MAX_NESTING) return undefined
  let [tokens, brackets, line, isLineStart] = [0, 0, 0, true]
  for (const token of new Lexer().lex(text)) {
    const type = CST.tokenType(token)
    if (type === 'newline') line = 0
    else if (type === 'space' && isLineStart) line = token.length
    else if (type === 'flow-seq-start' || type === 'flow-map-start') brackets++
    else if (type === 'flow-seq-end' || type === 'flow-map-end') brackets--
    else if (INDICATORS.has(type)) line++
    isLineStart = type === 'newline'
    if (brackets + line > MAX_NESTING) return 'it is nested too deeply'
    if (++tokens > MAX_TOKENS) return `it has more than ${MAX_TOKENS} parts`
  }
  return undefined
}

/** Never less than the nesting by tokens. */
function nestingByCharacters(text: string): number {
  const brackets = text.match(/[[{]/g)?.length ?? 0
  let deepest = 0
  for (const line of text.split('\n')) {
    if (line.length <= deepest) continue
    const indentation = line.length - line.trimStart().length
    deepest = Math.max(deepest, indentation + (line.match(/[-?:]/g)?.length ?? 0))
  }
  return brackets + deepest
}

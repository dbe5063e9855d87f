import { coreError } from '../errors/catalogue.ts'

/** A piece of a template that has been accepted. */
export type TemplatePart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'output'; readonly path: string; readonly line: number; readonly column: number }
  /** The opening, turning or closing of a block, as it is to be handed to the engine. */
  | { readonly type: 'block'; readonly text: string }

// A path leads from `it` or a loop's variable through plain names. `$` is no part of a name: see template.ts.
const NAME = '[A-Za-z_][A-Za-z0-9_]*'
const PATH = `${NAME}(?:\\.${NAME})*`
const TAG = {
  output: new RegExp(`^=\\s*(${PATH})\\s*$`),
  if: new RegExp(`^\\s*if\\s*\\(\\s*(${PATH})\\s*\\)\\s*\\{\\s*$`),
  elseIf: new RegExp(`^\\s*\\}\\s*else\\s+if\\s*\\(\\s*(${PATH})\\s*\\)\\s*\\{\\s*$`),
  else: /^\s*\}\s*else\s*\{\s*$/,
  for: new RegExp(`^\\s*for\\s*\\(\\s*const\\s+(${NAME})\\s+of\\s+(${PATH})\\s*\\)\\s*\\{\\s*$`),
  end: /^\s*\}\s*$/,
} as const

// What a path could leave the data by, and what a loop's variable could hide.
const FORBIDDEN_NAMES = new Set(['constructor', 'prototype', '__proto__', '__defineGetter__', '__lookupGetter__'])
const RESERVED_VARIABLES =
  /^(it|await|async|break|case|catch|class|const|continue|debugger|default|delete|do|else|enum|eval|export|extends|false|finally|for|function|globalThis|if|implements|import|in|instanceof|interface|let|new|null|of|package|private|protected|public|return|static|super|switch|this|throw|true|try|typeof|undefined|var|void|while|with|yield|__.*)$/

interface Block {
  readonly type: 'if' | 'else' | 'for'
  readonly variable?: string
  readonly line: number
  readonly column: number
}

/**
 * Splits a template into parts, and takes nothing but the few forms above.
 * @throws WS_TEMPLATE_REFUSED with line and column
 */
export function parseTemplate(template: string): TemplatePart[] {
  const parts: TemplatePart[] = []
  const blocks: Block[] = []
  let position = 0
  for (;;) {
    const open = template.indexOf('<%', position)
    if (open === -1) break
    const close = template.indexOf('%>', open + 2)
    const at = place(template, open)
    if (close === -1) throw refused(at, 'the tag is never closed')
    parts.push({ type: 'text', text: template.slice(position, open) })
    parts.push(parseTag(template.slice(open + 2, close), at, blocks))
    position = close + 2
  }
  parts.push({ type: 'text', text: template.slice(position) })
  const unclosed = blocks.pop()
  if (unclosed !== undefined) throw refused(unclosed, `the ${unclosed.type} is never closed with <% } %>`)
  return parts
}

interface Place {
  readonly line: number
  readonly column: number
}

function parseTag(tag: string, at: Place, blocks: Block[]): TemplatePart {
  const output = TAG.output.exec(tag)
  if (output !== null) return { type: 'output', path: checkPath(output[1], at, blocks), ...at }
  openOrClose(tag, at, blocks)
  return { type: 'block', text: `<%${tag}%>` }
}

function openOrClose(tag: string, at: Place, blocks: Block[]): void {
  const opening = TAG.if.exec(tag)
  if (opening !== null) {
    checkPath(opening[1], at, blocks)
    blocks.push({ type: 'if', ...at })
    return
  }
  const loop = TAG.for.exec(tag)
  if (loop !== null) {
    checkPath(loop[2], at, blocks)
    blocks.push({ type: 'for', variable: checkVariable(loop[1] ?? '', at), ...at })
    return
  }
  const turning = TAG.elseIf.exec(tag)
  if (turning !== null || TAG.else.test(tag)) {
    if (blocks.pop()?.type !== 'if') throw refused(at, 'there is no if that this else belongs to')
    if (turning !== null) checkPath(turning[1], at, blocks)
    blocks.push({ type: turning === null ? 'else' : 'if', ...at })
    return
  }
  if (TAG.end.test(tag)) {
    if (blocks.pop() === undefined) throw refused(at, 'there is nothing that this } closes')
    return
  }
  throw refused(
    at,
    'only <%= path %>, <% if (path) { %>, <% } else if (path) { %>, <% } else { %>, <% for (const name of path) { %> and <% } %> can be used',
  )
}

function checkPath(path: string | undefined, at: Place, blocks: readonly Block[]): string {
  const names = (path ?? '').split('.')
  const root = names[0] ?? ''
  if (root !== 'it' && !blocks.some((block) => block.variable === root)) {
    throw refused(at, `${root} is not known here: a path begins with "it" or the variable of a loop around it`)
  }
  const forbidden = names.find((name) => FORBIDDEN_NAMES.has(name))
  if (forbidden !== undefined) throw refused(at, `${forbidden} cannot be part of a path`)
  return path ?? ''
}

function checkVariable(name: string, at: Place): string {
  if (RESERVED_VARIABLES.test(name) || FORBIDDEN_NAMES.has(name)) throw refused(at, `${name} cannot name a variable`)
  return name
}

function place(text: string, index: number): Place {
  const before = text.slice(0, index)
  return { line: before.split('\n').length, column: index - before.lastIndexOf('\n') }
}

function refused(at: Place, why: string): Error {
  return coreError('WS_TEMPLATE_REFUSED', `line ${at.line}, column ${at.column}: ${why}`, { details: { ...at } })
}

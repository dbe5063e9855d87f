import { Eta } from 'eta'
import { coreError } from '../errors/catalogue.ts'
import { hasCode } from '../errors/error.ts'
import type { Json } from '../contracts/runtime.ts'
import { parseTemplate, type TemplatePart } from './grammar.ts'

const MAX_OUTPUT = 256 * 1024

// No escaping (it is no HTML) and no trimming (a line of a Dockerfile ends where it ends).
const eta = new Eta({ autoEscape: false, autoTrim: false, cache: false })

/**
 * Checks that a template is data: output, `if`/`else` and `for … of`, each on a dotted path.
 * @throws WS_TEMPLATE_REFUSED with line and column
 */
export function checkTemplate(template: string): void {
  parseTemplate(template)
}

/**
 * Renders a template that has been written by a platform's admin, with values that come from a pushed tree.
 * @throws WS_TEMPLATE_REFUSED, WS_TEMPLATE_VALUE
 */
export function renderTemplate(template: string, values: { readonly [key: string]: Json }): string {
  const source = parseTemplate(template).map(instrument).join('')
  try {
    const output = eta.renderString(source, { ...values, [OUTPUT]: checkedOutput })
    if (output.length > MAX_OUTPUT) throw coreError('WS_TEMPLATE_VALUE', `the output is over ${MAX_OUTPUT} characters`)
    return output
  } catch (error) {
    if (hasCode(error, 'WS_TEMPLATE_VALUE')) throw error
    // What is left is a path through something that has no such field, or a loop over what is no list.
    throw coreError('WS_TEMPLATE_VALUE', `the values do not fit the template: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

/** Not a name that a template's path can have. */
const OUTPUT = '$'

/** Output tags are led through a check that knows where they stand; eta itself would print `undefined`. */
function instrument(part: TemplatePart): string {
  return part.type === 'output'
    ? `<%= it.${OUTPUT}(${part.path}, ${JSON.stringify(`${part.path} at ${part.line}:${part.column}`)}) %>`
    : part.text
}

function checkedOutput(value: unknown, where: string): string {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
    throw coreError('WS_TEMPLATE_VALUE', `${where} is ${value === undefined ? 'undefined' : 'not a plain value'}`)
  }
  const text = String(value)
  // A line break would start another instruction of the Dockerfile.
  if (/[\r\n\0]/.test(text)) throw coreError('WS_TEMPLATE_VALUE', `${where} has a line break in it`)
  return text
}

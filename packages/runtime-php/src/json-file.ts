import { refuse, type SourceTree } from '@webspaces/core'
import { parse, printParseErrorCode, type ParseError } from 'jsonc-parser'
import type { z } from 'zod'

/**
 * Reads a JSON file of the tree.
 * @param limit of bytes
 * @returns undefined if there is none
 * @throws a refusal that names the line or the field
 */
export async function readJsonFile<S extends z.ZodType>(
  source: SourceTree,
  path: string,
  schema: S,
  limit: number,
): Promise<z.output<S> | undefined> {
  if (!source.has(path)) return undefined
  const text = await source.read(path, limit)
  if (text === undefined) {
    throw refuse(path, `the file is over ${String(limit / 1024 / 1024)} MiB`, 'Keep data in files of their own.')
  }
  const checked = schema.safeParse(parseJson(path, text))
  if (checked.success) return checked.data
  const issue = checked.error.issues[0]
  const field = issue?.path.map(String).join('.') ?? ''
  throw refuse(
    path,
    field === '' ? 'the file is not a JSON object' : `${field.slice(0, 100)}: ${issue?.message ?? 'is not valid'}`,
    'Correct the field; composer validate checks the file.',
  )
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw refuse(
      path,
      `the file is not valid JSON${placeOfError(text)}`,
      'Correct it there; composer validate checks it.',
    )
  }
}

/** JSON.parse does not say in every version of Node where it failed. */
function placeOfError(text: string): string {
  const errors: ParseError[] = []
  try {
    parse(text, errors, { disallowComments: true })
  } catch {
    // Nested so deeply that the parser's stack is not enough.
    return ''
  }
  const first = errors[0]
  if (first === undefined) return ''
  const before = text.slice(0, first.offset).split('\n')
  const column = (before.at(-1)?.length ?? 0) + 1
  return `: ${printParseErrorCode(first.error)} at line ${String(before.length)}, column ${String(column)}`
}

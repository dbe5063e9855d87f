import { refuse, type SourceTree } from '@webspaces/core'
import { parse, printParseErrorCode, type ParseError } from 'jsonc-parser'
import { z } from 'zod'

const PATH = 'package.json'

// A command longer than this is no command, and could not be handed to a process.
const command = z
  .string()
  .max(8192)
  .refine((text) => !text.includes('\0'), 'has a NUL character in it')
const dependencies = z.record(z.string(), z.string()).default({})

const manifest = z.object({
  main: z.string().max(1000).optional(),
  scripts: z.record(z.string(), command).default({}),
  dependencies,
  devDependencies: dependencies,
  optionalDependencies: dependencies,
  peerDependencies: dependencies,
  workspaces: z.union([z.array(z.string()), z.looseObject({})]).optional(),
  engines: z.looseObject({ node: z.string().max(200).optional() }).default({}),
  packageManager: z.string().max(300).optional(),
})

/** The fields of a package.json that matter here. */
export type Manifest = z.output<typeof manifest>

/**
 * Reads the tree's package.json.
 * @returns undefined if there is none
 * @throws a refusal that names the line or the field
 */
export async function readManifest(source: SourceTree): Promise<Manifest | undefined> {
  if (!source.has(PATH)) return undefined
  const text = await source.read(PATH)
  if (text === undefined) throw refuse(PATH, 'the file is over 1 MiB', 'Keep data in files of their own.')
  const checked = manifest.safeParse(parseJson(text.replace(/^\uFEFF/, '')))
  if (checked.success) return checked.data
  const issue = checked.error.issues[0]
  const field = issue?.path.map(String).join('.') ?? ''
  throw refuse(
    PATH,
    field === '' ? 'the file is not a JSON object' : `${field.slice(0, 100)}: ${issue?.message ?? 'is not valid'}`,
    'Correct the field; see https://docs.npmjs.com/cli/configuring-npm/package-json',
  )
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw refuse(
      PATH,
      `the file is not valid JSON${placeOfError(text)}`,
      'Correct it there; npm pkg get reads it again.',
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

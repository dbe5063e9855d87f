import type { SourceTree } from '../contracts/source.ts'
import { refuse } from './refusal.ts'

/** What a Procfile says about the process that serves HTTP. */
export interface Procfile {
  /** The command line of `web`. */
  readonly web?: string
  /** The other process types: a Webspace runs only `web`. */
  readonly others: readonly string[]
}

const MAX_COMMAND = 8192

/**
 * Reads the tree's `Procfile`: lines of `TYPE: COMMAND`, as foreman and Heroku have them. Lines that are empty or
 * begin with `#` do not count.
 * @throws a refusal that names the line
 */
export async function readProcfile(source: SourceTree): Promise<Procfile | undefined> {
  if (!source.has('Procfile')) return undefined
  const text = await source.read('Procfile', 64 * 1024)
  if (text === undefined) throw refuse('Procfile', 'the file is over 64 KiB', 'Keep one line for each process type.')
  const commands = new Map<string, string>()
  for (const [index, line] of text.split(/\r\n|\n|\r/).entries()) {
    if (/^\s*(#|$)/.test(line)) continue
    const [, type, command] = /^([A-Za-z0-9_-]+):\s*(.*\S)\s*$/.exec(line) ?? []
    if (type === undefined || command === undefined || command.includes('\0') || command.length > MAX_COMMAND) {
      throw refuse(
        'Procfile',
        `line ${String(index + 1)} is not of the form TYPE: COMMAND`,
        'Write for example: web: ./bin/serve',
      )
    }
    commands.set(type, command)
  }
  const web = commands.get('web')
  return { ...(web === undefined ? {} : { web }), others: [...commands.keys()].filter((type) => type !== 'web') }
}

import { stripVTControlCharacters } from 'node:util'

/**
 * A stranger's line as it may reach a terminal or a log: without colours, escape sequences and control characters
 * (which could move the cursor, rename the window or type), tab apart.
 */
export function terminalText(line: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is removed
  return stripVTControlCharacters(line).replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g, '')
}

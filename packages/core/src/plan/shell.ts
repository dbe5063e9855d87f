/**
 * One word of a POSIX shell command line, whatever is in it.
 * @example quoteShell("it's") === `'it'\\''s'`
 */
export function quoteShell(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/**
 * The words of a command line that a shell would run just as they stand, or undefined where it takes a shell: quotes,
 * variables, several commands, a builtin. What has plain words can be the exec form of a Dockerfile's CMD.
 */
export function plainWords(line: string): string[] | undefined {
  const words = line.trim().split(/[ \t]+/)
  if (!words.every((word) => /^[\w@%+=:,./-]+$/.test(word))) return undefined
  return isProgram(words[0] ?? '') ? words : undefined
}

/**
 * Puts `exec` before the last command of a command line, so that the program takes the shell's place and gets the
 * signals that are sent to it. A line whose end is not one plain program (a pipe, a background job, a loop) is returned
 * as it is: there the shell has to stay.
 */
export function execLast(line: string): string {
  const start = startOfLastCommand(line)
  if (start === undefined) return line
  const before = line.slice(0, start)
  const command = line.slice(start).trimStart()
  const assignments = ASSIGNMENTS.exec(command)?.[0] ?? ''
  const program = /^[^\s]*/.exec(command.slice(assignments.length))?.[0] ?? ''
  if (!isProgram(program)) return line
  const gap = before === '' ? '' : ' '
  return `${before}${gap}exec ${assignments === '' ? '' : 'env '}${command}`.trimEnd()
}

const ASSIGNMENTS = /^(?:[A-Za-z_]\w*=(?:[^\s'"\\]|'[^']*'|"[^"]*")*[ \t]+)*/

// What `exec` cannot run: words of the shell's grammar, and builtins that are about the shell itself.
const SHELL_WORDS = new Set(
  (
    '! { } [[ ]] case do done elif else esac fi for function if in select then time until while ' +
    '. : alias bg break cd command continue eval exec exit export fg getopts jobs let local read readonly return set ' +
    'shift source times trap type ulimit umask unalias unset wait'
  ).split(' '),
)

function isProgram(word: string): boolean {
  return /^[\w@%+:,./'"$-]/.test(word) && !/^[A-Za-z_]\w*=/.test(word) && !SHELL_WORDS.has(word)
}

/** Where the last command of an and-list begins; undefined if the line is anything but an and-list of simple commands. */
function startOfLastCommand(line: string): number | undefined {
  let start = 0
  for (let index = 0; index < line.length; index += 1) {
    const character = line[index] ?? ''
    if (character === "'" || character === '"') {
      const end = endOfQuote(line, index)
      if (end === undefined) return undefined
      index = end
    } else if (character === '\\') {
      index += 1
    } else if (line.startsWith('&&', index)) {
      start = index + 2
      index += 1
    } else if (line.startsWith('>&', index)) {
      index += 1
    } else if ('|;&()`#\n\r'.includes(character)) {
      return undefined
    }
  }
  return start
}

/** The closing quote; undefined where there is none, or where a command is substituted inside. */
function endOfQuote(line: string, open: number): number | undefined {
  const quote = line[open]
  for (let index = open + 1; index < line.length; index += 1) {
    if (line[index] === quote) return index
    if (quote === "'") continue
    if (line[index] === '\\') index += 1
    else if (line[index] === '`' || line.startsWith('$(', index)) return undefined
  }
  return undefined
}

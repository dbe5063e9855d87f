import { gitSshError } from '../errors.ts'

/** The three services of git that a client can ask for. */
export const SERVICES = ['git-upload-pack', 'git-receive-pack', 'git-upload-archive'] as const
export type GitService = (typeof SERVICES)[number]

export interface GitCommand {
  readonly service: GitService
  /** What was asked for, without slash and `.git`. Anything at all: only a lookup by exact name makes it a name. */
  readonly repository: string
}

const MAX_LENGTH = 1000

/**
 * Reads what a client wants to have run: `git-upload-pack '/blog.git'`, as git, libgit2 and JGit send it. Nothing
 * here reaches a shell; anything that is not exactly a git service and one argument is refused.
 * @throws WS_SSH_COMMAND
 */
export function parseCommand(text: string): GitCommand {
  const words = text.length > MAX_LENGTH ? undefined : splitWords(text)
  // `git upload-pack X` is the same as `git-upload-pack X`.
  const [program, argument, ...rest] =
    words?.[0] === 'git' ? [`git-${words[1] ?? ''}`, ...words.slice(2)] : (words ?? [])
  const service = SERVICES.find((known) => known === program)
  if (service === undefined || argument === undefined || rest.length > 0) {
    throw gitSshError('WS_SSH_COMMAND', 'there is no shell here, and this is not a command that the server runs')
  }
  return { service, repository: repositoryName(argument) }
}

function repositoryName(path: string): string {
  return path
    .replace(/^\//, '')
    .replace(/\/$/, '')
    .replace(/\.git$/, '')
}

const PLAIN = /[A-Za-z0-9_./:@%+=,~-]/

/**
 * Splits as a shell would, for what git's own quoting (sq_quote) writes: plain characters, '…', and \ before one
 * character outside quotes. Undefined for everything else that a shell would interpret.
 */
function splitWords(text: string): string[] | undefined {
  const words: string[] = []
  let word: string | undefined
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at)
    if (character === ' ') {
      if (word !== undefined) words.push(word)
      word = undefined
    } else if (character === "'") {
      const end = text.indexOf("'", at + 1)
      if (end === -1) return undefined
      word = (word ?? '') + text.slice(at + 1, end)
      at = end
    } else if (character === '\\') {
      at += 1
      if (at === text.length) return undefined
      word = (word ?? '') + text.charAt(at)
    } else if (PLAIN.test(character)) {
      word = (word ?? '') + character
    } else {
      return undefined
    }
  }
  if (word !== undefined) words.push(word)
  return words
}

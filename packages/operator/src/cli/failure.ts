import { CommanderError } from 'commander'
import { describeError, hasCode } from '@webspaces/core'
import { operatorError } from '../errors.ts'
import { printable } from '../system/printable.ts'

const FAILED = 1
const WRONG_USAGE = 2

/** Tells of a failure on standard error, as code, what happened and what to do; returns the exit code. */
export function reportFailure(error: unknown): number {
  if (error instanceof CommanderError) {
    // --help and --version end a command in commander by throwing as well.
    if (error.exitCode === 0) return 0
    // Without a command commander has printed the help.
    if (error.code === 'commander.help') return WRONG_USAGE
    return reportFailure(usageError(error.message))
  }
  for (const line of describeError(error)) process.stderr.write(`${printable(line)}\n`)
  return hasCode(error, 'WS_USAGE') ? WRONG_USAGE : FAILED
}

/** commander's message: `error: unknown command 'aply'`, and a suggestion on a line of its own where it has one. */
function usageError(message: string): Error {
  const [, problem = message, suggestion] = /^(?:error: )?(.*?)(?:\n\((Did you mean .*)\))?$/s.exec(message) ?? []
  return operatorError('WS_USAGE', problem, suggestion === undefined ? {} : { remedy: suggestion })
}

import type { WebspacesError } from '@webspaces/core'
import { gitSshError } from '../errors.ts'
import type { GitExit } from './git.ts'

/** git's own words may name paths of this machine: they go to the log, and the id leads there. */
export function failure(service: string, id: string, { code, stderr }: GitExit): WebspacesError {
  return gitSshError('WS_GIT_FAILED', `${service} ended with ${code ?? 'a signal'} (id ${id})`, { details: { stderr } })
}

import { gitSshError } from '../errors.ts'
import type { Git } from './git.ts'

const MINIMUM = [2, 31] as const

/** Refuses to start rather than to fail at the first push. @throws WS_GIT_MISSING */
export async function requireGit(git: Git): Promise<void> {
  const output = (await git.text(['--version'])).trim()
  const [major = 0, minor = 0] = /(\d+)\.(\d+)/.exec(output)?.slice(1).map(Number) ?? []
  if (major > MINIMUM[0] || (major === MINIMUM[0] && minor >= MINIMUM[1])) return
  throw gitSshError('WS_GIT_MISSING', `${output} is older than ${MINIMUM.join('.')}`)
}

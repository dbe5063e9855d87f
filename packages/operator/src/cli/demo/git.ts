import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { operatorError } from '../../errors.ts'

const TIMEOUT_MS = 10 * 60_000

export interface GitOptions {
  readonly cwd: string
  /** For commands that connect: see {@link sshCommand}. */
  readonly ssh?: string
  readonly signal: AbortSignal
}

/**
 * Runs git with its output shown, and without the person's own settings: a signing key, a template or a rewritten URL
 * must not decide whether the demo works.
 * @throws WS_DEMO_FAILED
 */
export async function git(args: readonly string[], { cwd, ssh, signal }: GitOptions): Promise<void> {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'))
  const child = spawn('git', args, {
    cwd,
    stdio: ['ignore', 'inherit', 'inherit'],
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    env: {
      ...Object.fromEntries(own),
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_TERMINAL_PROMPT: '0',
      ...(ssh === undefined ? {} : { GIT_SSH_COMMAND: ssh }),
    },
  })
  try {
    const [code] = (await once(child, 'close')) as [number | null]
    if (code === 0) return
    throw operatorError('WS_DEMO_FAILED', `git ${args.join(' ')} ended with exit code ${code ?? 'none'}`)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw operatorError('WS_DEMO_FAILED', 'git is not on PATH', { cause: error, remedy: 'Install git.' })
  }
}

/** The command by which git reaches our server with one key and no question asked, quoted for a shell. */
export function sshCommand(key: string, knownHosts: string): string {
  const words = [
    'ssh',
    // -i looks for the file before it expands %, so that no spelling of such a name passes both.
    ...(key.includes('%') ? ['-o', `IdentityFile=${fileName(key)}`] : ['-i', key]),
    ...['-o', 'IdentitiesOnly=yes'],
    ...['-o', `UserKnownHostsFile=${fileName(knownHosts)}`],
    ...['-o', 'StrictHostKeyChecking=yes'],
  ]
  return words.map(shellWord).join(' ')
}

/** A file name as ssh_config(5) has it: `%%` for a percent sign, in quotes if there are spaces or quotes. */
function fileName(path: string): string {
  const escaped = path.replaceAll('%', '%%')
  return /[\s']/.test(escaped) ? `"${escaped}"` : escaped
}

/** One word of a POSIX shell, bare where it may be. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

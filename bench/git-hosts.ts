// The two servers that git is measured against: ours in a process of its own, and OpenSSH's sshd.
import { execFileSync, fork, spawn } from 'node:child_process'
import { accessSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Serving } from './git-server.ts'
import { freePort } from '../test/support/ports.ts'

export const SSHD = '/usr/sbin/sshd'

export interface GitHost {
  /** Of the one repository that there is. */
  readonly url: string
  /** With the key that opens it. */
  readonly environment: NodeJS.ProcessEnv
  /** Empties the repository. */
  readonly empty: () => void
  readonly stop: () => Promise<void>
}

export interface OwnHost extends GitHost {
  /** The most that the server has had in memory so far. MB. */
  readonly peakMemory: () => number
}

/** Seconds that one git command takes. */
export function git(server: GitHost, cwd: string, args: readonly string[]): Promise<number> {
  const begin = performance.now()
  return new Promise((resolve, reject) => {
    const child = spawn('git', args, { cwd, env: server.environment, stdio: ['ignore', 'ignore', 'pipe'] })
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    child.once('exit', (code) => {
      if (code === 0) resolve((performance.now() - begin) / 1000)
      else reject(new Error(`git ${args.join(' ')} ended with ${code ?? 'a signal'}: ${stderr}`))
    })
  })
}

export async function startOwn(folder: string): Promise<OwnHost> {
  const child = fork(fileURLToPath(new URL('git-server.ts', import.meta.url)), [folder], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const { port, key, repository } = await new Promise<Serving>((resolve) => {
    child.once('message', (message) => resolve(message as Serving))
  })
  return {
    url: `ssh://git@127.0.0.1:${port}/bench.git`,
    environment: environment(folder, key),
    empty: () => emptyRepository(repository, folder),
    peakMemory: () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024,
    stop: async () => {
      child.send('stop')
      await new Promise((resolve) => child.once('exit', resolve))
    },
  }
}

export async function startSshd(folder: string): Promise<GitHost> {
  const ssh = join(folder, 'sshd')
  mkdirSync(ssh)
  const port = await freePort()
  for (const name of ['host', 'client'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(ssh, name)])
  writeFileSync(
    join(ssh, 'config'),
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${join(ssh, 'host')}`,
      `AuthorizedKeysFile ${join(ssh, 'client.pub')}`,
      'PidFile none',
      'StrictModes no',
      'PermitRootLogin yes',
      'PasswordAuthentication no',
      'AcceptEnv GIT_PROTOCOL',
    ].join('\n'),
  )
  if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true })
  const child = spawn(SSHD, ['-D', '-e', '-f', join(ssh, 'config')], { stdio: 'ignore' })
  const repository = join(folder, 'peer.git')
  emptyRepository(repository, folder)
  // What a server that takes pushes from strangers has to set; ours does.
  const empty = (): void => {
    emptyRepository(repository, folder)
    execFileSync('git', ['--git-dir', repository, 'config', 'receive.fsckObjects', 'true'], {
      env: environment(folder),
    })
  }
  empty()
  const peer: GitHost = {
    url: `ssh://${userInfo().username}@127.0.0.1:${port}${repository}`,
    environment: environment(folder, join(ssh, 'client')),
    empty,
    stop: () => {
      child.kill()
      return Promise.resolve()
    },
  }
  for (let attempt = 0; ; attempt += 1) {
    try {
      await git(peer, folder, ['ls-remote', peer.url])
      return peer
    } catch (error) {
      if (attempt === 50) throw error
      await sleep(100)
    }
  }
}

function emptyRepository(path: string, folder: string): void {
  rmSync(path, { recursive: true, force: true })
  execFileSync('git', ['init', '-q', '--bare', '-b', 'main', path], { env: environment(folder) })
}

export function environment(home: string, key?: string): NodeJS.ProcessEnv {
  const file = key ?? '/dev/null'
  const ssh = `ssh -F /dev/null -o IdentitiesOnly=yes -o IdentityAgent=none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -i ${file}`
  return {
    PATH: process.env.PATH,
    HOME: home,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_AUTHOR_NAME: 'Bench',
    GIT_AUTHOR_EMAIL: 'bench@example.com',
    GIT_COMMITTER_NAME: 'Bench',
    GIT_COMMITTER_EMAIL: 'bench@example.com',
    ...(key === undefined ? {} : { GIT_SSH_COMMAND: ssh }),
  }
}

export function hasSshd(): boolean {
  try {
    accessSync(SSHD)
    return true
  } catch {
    return false
  }
}

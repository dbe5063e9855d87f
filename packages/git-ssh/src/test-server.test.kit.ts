import { execFile, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  Access,
  API_VERSION,
  type Clock,
  Customer,
  type IncomingPush,
  type LogFields,
  type Logger,
  type PushIo,
  type PushReceipt,
  type PushReceiver,
  ResourceCaches,
  Webspace,
} from '@webspaces/core'
import { memoryCluster } from '@webspaces/core/testing'
import { Commands } from './commands/commands.ts'
import { Dispatcher } from './commands/dispatcher.ts'
import { Git } from './git/git.ts'
import { DEFAULT_LIMITS, type SshLimits } from './limits.ts'
import { Maintenance } from './repositories/maintenance.ts'
import { GitRepositories } from './repositories/repositories.ts'
import { RepositoryStore } from './repositories/repository-store.ts'
import { generateKeyPair } from './ssh/keys.ts'
import { SshGitServer } from './ssh/server.ts'

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface LoggedLine {
  readonly level: string
  readonly message: string
  readonly fields: LogFields
}

/** Takes every push, and keeps what it was given; a test puts its own `receive` in. */
class RecordingReceiver implements PushReceiver {
  readonly pushes: IncomingPush[] = []
  readonly events: string[] = []
  receiving: (push: IncomingPush, io: PushIo) => Promise<void> = () => Promise.resolve()
  settling: (io: PushIo) => Promise<void> = () => Promise.resolve()

  async receive(push: IncomingPush, io: PushIo): Promise<PushReceipt> {
    this.pushes.push(push)
    this.events.push('receive')
    await this.receiving(push, io)
    return {
      settle: async (settleIo) => {
        this.events.push('settle')
        await this.settling(settleIo)
      },
      abandon: () => {
        this.events.push('abandon')
        return Promise.resolve()
      },
    }
  }
}

export const realClock: Clock = {
  now: () => Date.now(),
  sleep: async (milliseconds, signal) => {
    await sleep(milliseconds, undefined, signal === undefined ? {} : { signal })
  },
}

export function recordingLogger(lines: LoggedLine[], bound: LogFields = {}): Logger {
  const at =
    (level: string) =>
    (message: string, fields: LogFields = {}): void => {
      lines.push({ level, message, fields: { ...bound, ...fields } })
    }
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => recordingLogger(lines, { ...bound, ...fields }),
  }
}

/** A real git server on a free port, with the Customers `alice` (Webspace `blog`) and `bob` (Webspace `shop`). */
export async function startTestServer(limits: Partial<SshLimits> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'webspaces-git-ssh-'))
  const logs: LoggedLine[] = []
  const logger = recordingLogger(logs)
  const cluster = memoryCluster()
  const keys = {
    alice: await writeKey(folder, 'alice'),
    bob: await writeKey(folder, 'bob'),
    eve: await writeKey(folder, 'eve'),
  }
  await cluster.create(Customer, customer('alice', [keys.alice.publicKey]))
  await cluster.create(Customer, customer('bob', [keys.bob.publicKey]))
  await cluster.create(Webspace, webspace('blog', 'alice'))
  await cluster.create(Webspace, webspace('shop', 'bob'))
  const caches = new ResourceCaches(cluster, logger)
  await caches.start(new AbortController().signal)

  const store = new RepositoryStore(join(folder, 'repositories'), { clock: realClock, logger })
  const git = new Git(store.hooksFolder)
  const receiver = new RecordingReceiver()
  const maintenance = new Maintenance(git, logger)
  const shared = { git, store, maintenance, clock: realClock, newId: randomUUID, logger }
  const access = new Access(caches)
  const allLimits = { ...DEFAULT_LIMITS, ...limits }
  const addressing = {
    defaultDomain: (name: string) => `${name}.localhost`,
    siteUrl: (host: string) => `http://${host}:8080`,
    cloneUrl: (name: string) => `ssh://git@127.0.0.1:2222/${name}.git`,
  }
  const dispatcher = new Dispatcher({ ...shared, access, addressing, caches, limits: allLimits, receiver })
  const commands = new Commands({ ...shared, dispatcher, limits: allLimits })
  const server = new SshGitServer(
    { host: '127.0.0.1', port: 0, hostKey: join(folder, 'ssh', 'host_ed25519') },
    { access, clock: realClock, commands, limits: allLimits, logger },
  )
  await store.prepare()
  await server.listen()
  const port = server.address?.port ?? 0

  const sshOptions = (key: string): string[] => [
    ...[
      '-F',
      '/dev/null',
      '-o',
      'BatchMode=yes',
      '-o',
      'IdentitiesOnly=yes',
      '-o',
      'IdentityAgent=none',
      '-o',
      'LogLevel=ERROR',
    ],
    ...['-o', 'StrictHostKeyChecking=accept-new', '-o', `UserKnownHostsFile=${join(folder, 'known_hosts')}`, '-i', key],
  ]
  const gitEnvironment = (key: string): Record<string, string> => ({
    ...testEnvironment(folder),
    GIT_SSH_COMMAND: ['ssh', ...sshOptions(key)].join(' '),
  })

  return {
    access,
    caches,
    cluster,
    folder,
    keys,
    logs,
    port,
    receiver,
    server,
    store,
    repositories: new GitRepositories({ ...shared, receiver: () => receiver }),
    url: (name: string) => `ssh://git@127.0.0.1:${String(port)}/${name}.git`,
    /** Runs the real git as a client. */
    git: (
      args: readonly string[],
      options: { cwd?: string; key?: string; env?: Record<string, string> } = {},
    ): Promise<Ran> =>
      run('git', args, {
        cwd: options.cwd ?? folder,
        env: { ...gitEnvironment(options.key ?? keys.alice.file), ...options.env },
      }),
    gitEnvironment,
    sshOptions,
    /** Runs the real ssh as a client. */
    ssh: (args: readonly string[], options: { key?: string; user?: string } = {}): Promise<Ran> =>
      run(
        'ssh',
        [
          ...sshOptions(options.key ?? keys.alice.file),
          '-p',
          String(port),
          `${options.user ?? 'git'}@127.0.0.1`,
          ...args,
        ],
        { cwd: folder, env: testEnvironment(folder) },
      ),
    /** A clone-like work tree with one commit on `main`. */
    workTree: async (name = 'work'): Promise<string> => {
      const path = join(folder, name)
      await run('git', ['init', '-q', '-b', 'main', path], { cwd: folder, env: testEnvironment(folder) })
      await writeFile(join(path, 'index.html'), 'hello\n')
      await commitAll(path, 'first')
      return path
    },
    quarantines: async (name: string): Promise<string[]> =>
      (await readdir(join(store.path(name), 'objects'))).filter((entry) => entry.startsWith('tmp_objdir')),
    stop: async (): Promise<void> => {
      await server.close(AbortSignal.timeout(500))
      await maintenance.stop()
      await caches.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export type TestServer = Awaited<ReturnType<typeof startTestServer>>

export async function commitAll(path: string, message: string): Promise<string> {
  const options = { cwd: path, env: testEnvironment(path) }
  await run('git', ['add', '-A'], options)
  await run('git', ['commit', '-q', '--allow-empty', '-m', message], options)
  return (await run('git', ['rev-parse', 'HEAD'], options)).stdout.trim()
}

export function testEnvironment(home: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_AUTHOR_NAME: 'Alice',
    GIT_AUTHOR_EMAIL: 'alice@example.com',
    GIT_COMMITTER_NAME: 'Alice',
    GIT_COMMITTER_EMAIL: 'alice@example.com',
  }
}

/** Runs a program to its end; a failure is an exit code, not a throw. */
export function run(
  program: string,
  args: readonly string[],
  options: { cwd: string; env: Record<string, string> },
): Promise<Ran> {
  return new Promise((resolve) => {
    const child = execFile(program, args, { ...options, maxBuffer: 64 * 1024 * 1024 }, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr })
    })
    child.stdin?.end()
  })
}

/** Starts a program in a process group of its own, to be killed with all that it started. */
export function startProgram(
  program: string,
  args: readonly string[],
  options: { cwd: string; env: Record<string, string> },
) {
  const child = spawn(program, args, { ...options, detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
  const signal = (name: NodeJS.Signals): boolean => process.kill(-(child.pid ?? 0), name)
  return {
    exited: new Promise((resolve) => child.once('exit', resolve)),
    signal,
    kill: () => signal('SIGKILL'),
  }
}

/** Waits for something to become true; generous, as machines can be slow. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 20_000
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`never happened: ${what}`)
    await sleep(20)
  }
}

export function customer(name: string, sshKeys: readonly string[]): Customer {
  return Customer.parse({
    apiVersion: API_VERSION,
    kind: 'Customer',
    metadata: { name },
    spec: { name, email: `${name}@example.com`, sshKeys },
  })
}

export function webspace(name: string, owner: string): Webspace {
  return Webspace.parse({
    apiVersion: API_VERSION,
    kind: 'Webspace',
    metadata: { name },
    spec: { customer: owner, runtime: 'node' },
  })
}

async function writeKey(
  folder: string,
  name: string,
): Promise<{ readonly file: string; readonly publicKey: string; readonly privateKey: string }> {
  const { privateKey, publicKey } = generateKeyPair(`${name}@laptop`)
  const file = join(folder, `${name}_ed25519`)
  await writeFile(file, privateKey, { mode: 0o600 })
  return { file, publicKey, privateKey }
}

// Git over SSH beside OpenSSH's sshd: the same git, client and repositories, so that what differs is the server.
import { execFileSync, fork, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { accessSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { median, report } from './report.ts'

const SSHD = '/usr/sbin/sshd'
const MEGABYTES = 200
const ROUNDS = { lsRemote: 15, transfer: 5 }

/** Prints medians, and ratios where sshd is installed. Installs nothing. */
export async function benchGit() {
  const folder = mkdtempSync(join(tmpdir(), 'webspaces-bench-git-'))
  const stops = []
  try {
    const source = makeSource(folder)
    const own = await startOwn(folder)
    stops.push(own.stop)
    const servers = [own]
    if (hasSshd()) {
      const peer = await startSshd(folder)
      stops.push(peer.stop)
      servers.push(peer)
    } else {
      console.log(`\n*** ${SSHD} IS NOT INSTALLED: the numbers below stand alone, without a ratio. ***`)
      console.log('*** To compare: apt-get install openssh-server ***\n')
    }
    await measure('git ls-remote', 0.5, ROUNDS.lsRemote, servers, (server) => git(server, folder, ['ls-remote', server.url]))
    await own.restMemory()
    await measure(`push of ${MEGABYTES} MB`, 1.1, ROUNDS.transfer, servers, (server) => {
      server.empty()
      return git(server, source, ['push', '-q', server.url, 'HEAD:refs/tags/big'])
    })
    await measure(`clone of ${MEGABYTES} MB`, 1.1, ROUNDS.transfer, servers, async (server) => {
      const clone = join(folder, 'clone.git')
      rmSync(clone, { recursive: true, force: true })
      return git(server, folder, ['clone', '-q', '--mirror', server.url, clone])
    })
    own.reportMemory()
  } finally {
    for (const stop of stops) await stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The servers take turns, so that what else the machine does falls on both. */
async function measure(what, aim, rounds, servers, operation) {
  const times = new Map(servers.map((server) => [server, []]))
  for (let round = 0; round < rounds; round += 1) {
    const order = round % 2 === 0 ? servers : [...servers].reverse()
    for (const server of order) times.get(server).push(await operation(server))
  }
  const [own, peer] = servers.map((server) => median(times.get(server)))
  console.log(`${what.padEnd(64)} ${own.toFixed(3).padStart(10)} s${peer === undefined ? '' : `   sshd ${peer.toFixed(3)} s`}`)
  if (peer !== undefined) report(`${what}, ratio to sshd`, own / peer, '', aim)
}

/** Seconds that one git command takes. */
function git(server, cwd, args) {
  const begin = performance.now()
  return new Promise((resolve, reject) => {
    const child = spawn('git', args, { cwd, env: server.environment, stdio: ['ignore', 'ignore', 'pipe'] })
    let stderr = ''
    child.stderr.on('data', (chunk) => (stderr += chunk))
    child.once('exit', (code) => {
      if (code === 0) resolve((performance.now() - begin) / 1000)
      else reject(new Error(`git ${args.join(' ')} ended with ${code}: ${stderr}`))
    })
  })
}

function makeSource(folder) {
  const source = join(folder, 'source')
  const options = { env: environment(folder) }
  execFileSync('git', ['init', '-q', '-b', 'main', source], options)
  // Random bytes, as neither git nor SSH can make them smaller; files of a size that sites have.
  const script = `for i in $(seq ${MEGABYTES}); do head -c 1000000 /dev/urandom > f$i; done; git add -A; git commit -qm big`
  execFileSync('sh', ['-ec', script], { ...options, cwd: source })
  // Packed beforehand, as in most repositories that are pushed.
  execFileSync('git', ['repack', '-adq'], { ...options, cwd: source })
  return source
}

async function startOwn(folder) {
  const child = fork(fileURLToPath(import.meta.url), ['--serve', folder], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const { port, key, repository } = await new Promise((resolve) => child.once('message', resolve))
  const megabytes = (field) => Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024
  let atRest = 0
  return {
    url: `ssh://git@127.0.0.1:${port}/bench.git`,
    environment: environment(folder, key),
    empty: () => emptyRepository(repository, folder),
    restMemory: async () => {
      await sleep(1000)
      atRest = megabytes('VmRSS')
    },
    reportMemory: () => report(`growth of the git server's memory over all of this (peak)`, megabytes('VmHWM') - atRest, 'MB', 60),
    stop: async () => {
      child.send('stop')
      await new Promise((resolve) => child.once('exit', resolve))
    },
  }
}

async function startSshd(folder) {
  const ssh = join(folder, 'sshd')
  mkdirSync(ssh)
  const port = await freePort()
  for (const name of ['host', 'client']) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(ssh, name)])
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
  const empty = () => {
    emptyRepository(repository, folder)
    execFileSync('git', ['--git-dir', repository, 'config', 'receive.fsckObjects', 'true'], { env: environment(folder) })
  }
  empty()
  const peer = {
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

function emptyRepository(path, folder) {
  rmSync(path, { recursive: true, force: true })
  execFileSync('git', ['init', '-q', '--bare', '-b', 'main', path], { env: environment(folder) })
}

function environment(home, key) {
  const ssh = `ssh -F /dev/null -o IdentitiesOnly=yes -o IdentityAgent=none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -i ${key}`
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

function hasSshd() {
  try {
    accessSync(SSHD)
    return true
  } catch {
    return false
  }
}

async function freePort() {
  const server = createServer()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** In a process of its own, whose memory is then the git server's: a distribution of nothing else. */
async function serve(folder) {
  const core = await import('@webspaces/core')
  const { memoryCluster } = await import('@webspaces/core/testing')
  const { generateKeyPair, sshGitServer } = await import('@webspaces/git-ssh')
  const ignore = () => undefined
  const logger = { debug: ignore, info: ignore, warn: ignore, error: ignore, child: () => logger }
  const cluster = memoryCluster()
  const { privateKey, publicKey } = generateKeyPair('bench')
  const resource = (kind, name, spec) => kind.parse({ apiVersion: core.API_VERSION, kind: kind.kind, metadata: { name }, spec })
  const customer = { name: 'bench', email: 'bench@example.com', sshKeys: [publicKey] }
  await cluster.create(core.Customer, resource(core.Customer, 'bench', customer))
  await cluster.create(core.Webspace, resource(core.Webspace, 'bench', { customer: 'bench', runtime: 'node' }))
  const key = join(folder, 'key')
  writeFileSync(key, privateKey, { mode: 0o600 })
  const surroundings = {
    name: 'bench',
    contractVersion: core.CONTRACT_VERSION,
    register(container) {
      container.provide(core.CLUSTER, { useValue: cluster })
      // Never called: tags are kept and not built.
      container.provide(core.BUILDER, { useValue: { buildsDockerfiles: true } })
      container.provide(core.LOGS, { useValue: {} })
      container.provide(core.ADDRESSING, { useValue: { defaultDomain: String, siteUrl: String, cloneUrl: String } })
    },
  }
  const repositories = join(folder, 'repositories')
  const git = sshGitServer({ host: '127.0.0.1', port: 0, repositories, hostKey: join(folder, 'host_ed25519') })
  const platform = core.createDistribution({
    plugins: [surroundings, git],
    clock: { now: () => Date.now(), sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }) },
    newId: randomUUID,
    logger,
  })
  await platform.start()
  await platform.resolve(core.REPOSITORIES).ensure('bench', 'main')
  const { port } = platform.resolve(core.GIT_SERVER).address
  process.send({ port, key, repository: join(repositories, 'bench.git') })
  process.once('message', async () => {
    await platform.stop()
    process.disconnect()
  })
}

if (process.argv[2] === '--serve') await serve(process.argv[3])

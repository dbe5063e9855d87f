// Git over SSH beside OpenSSH's sshd: the same git, client and repositories, so that what differs is the server.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { environment, git, hasSshd, SSHD, startOwn, startSshd, type GitHost } from './git-hosts.ts'
import { median, report } from './report.ts'

const MEGABYTES = 200
const WARM_UP_MEGABYTES = 40
const ROUNDS = { lsRemote: 15, transfer: 5 }

/** Prints medians, and ratios where sshd is installed. Installs nothing. */
export async function benchGit(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'webspaces-bench-git-'))
  const stops: (() => Promise<void>)[] = []
  try {
    const source = makeSource(folder, 'source', MEGABYTES)
    const warmUp = makeSource(folder, 'warm-up', WARM_UP_MEGABYTES)
    const clone = join(folder, 'clone.git')
    const own = await startOwn(folder)
    stops.push(own.stop)
    const servers: GitHost[] = [own]
    if (hasSshd()) {
      const peer = await startSshd(folder)
      stops.push(peer.stop)
      servers.push(peer)
    } else {
      console.log(`\n*** ${SSHD} IS NOT INSTALLED: the numbers below stand alone, without a ratio. ***`)
      console.log('*** To compare: apt-get install openssh-server ***\n')
    }
    await measure('git ls-remote', 0.5, ROUNDS.lsRemote, servers, (server) =>
      git(server, folder, ['ls-remote', server.url]),
    )
    const push = (server: GitHost, from: string): Promise<number> => {
      server.empty()
      return git(server, from, ['push', '-q', server.url, 'HEAD:refs/tags/big'])
    }
    const cloneAgain = (server: GitHost): Promise<number> => {
      rmSync(clone, { recursive: true, force: true })
      return git(server, folder, ['clone', '-q', '--mirror', server.url, clone])
    }
    await push(own, warmUp)
    await cloneAgain(own)
    const before = own.peakMemory()
    await measure(`push of ${MEGABYTES} MB`, 1.1, ROUNDS.transfer, servers, (server) => push(server, source))
    await measure(`clone of ${MEGABYTES} MB`, 1.1, ROUNDS.transfer, servers, cloneAgain)
    const what = `peak RSS of the git server, ${MEGABYTES} MB instead of ${WARM_UP_MEGABYTES} MB: growth`
    console.log(`${'peak RSS of the git server'.padEnd(64)} ${own.peakMemory().toFixed(1).padStart(10)} MB`)
    report(what, own.peakMemory() - before, 'MB', 40)
  } finally {
    for (const stop of stops) await stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The servers take turns, so that what else the machine does falls on both. */
async function measure(
  what: string,
  aim: number,
  rounds: number,
  servers: readonly GitHost[],
  operation: (server: GitHost) => Promise<number>,
): Promise<void> {
  const times = new Map(servers.map((server) => [server, [] as number[]]))
  for (let round = 0; round < rounds; round += 1) {
    const order = round % 2 === 0 ? servers : [...servers].reverse()
    for (const server of order) times.get(server)?.push(await operation(server))
  }
  const [own = NaN, peer] = servers.map((server) => median(times.get(server) ?? []))
  console.log(
    `${what.padEnd(64)} ${own.toFixed(3).padStart(10)} s${peer === undefined ? '' : `   sshd ${peer.toFixed(3)} s`}`,
  )
  if (peer !== undefined) report(`${what}, ratio to sshd`, own / peer, '', aim)
}

function makeSource(folder: string, name: string, megabytes: number): string {
  const source = join(folder, name)
  const options = { env: environment(folder) }
  execFileSync('git', ['init', '-q', '-b', 'main', source], options)
  // Random bytes, as neither git nor SSH can make them smaller; files of a size that sites have.
  const script = `for i in $(seq ${megabytes}); do head -c 1000000 /dev/urandom > f$i; done; git add -A; git commit -qm big`
  execFileSync('sh', ['-ec', script], { ...options, cwd: source })
  // Packed beforehand, as in most repositories that are pushed.
  execFileSync('git', ['repack', '-adq'], { ...options, cwd: source })
  return source
}

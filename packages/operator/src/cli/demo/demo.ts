import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  ADDRESSING,
  CLUSTER,
  coreError,
  Customer,
  parseSshKey,
  REPOSITORIES,
  RESOURCE_CACHES,
  slugOf,
  type Distribution,
} from '@webspaces/core'
import { systemClock } from '../../system/clock.ts'
import { ensureClone, runnableExamples, type Example } from './examples.ts'
import { git, sshCommand } from './git.ts'
import { guide, type Site } from './guide.ts'
import { ensureKey, personalKeys, publicKeyOf } from './keys.ts'
import { addKey, DEMO_CUSTOMER, ensureResources } from './resources.ts'

export interface DemoInput {
  /** Started. */
  readonly platform: Distribution
  readonly dir: string
  readonly signal: AbortSignal
}

const KNOWN_WITHIN_MS = 15_000

/**
 * A customer with the person's own keys, two Runtimes, and the examples, pushed as anybody would push them. What is
 * there already stays as it is, so that the second time nothing changes.
 * @throws WS_DEMO_EXAMPLES, WS_DEMO_FAILED
 */
export async function demo({ platform, dir, signal }: DemoInput): Promise<void> {
  const cluster = platform.resolve(CLUSTER)
  const folder = join(dir, 'demo')
  const key = join(folder, 'id_ed25519')
  const knownHosts = join(folder, 'known_hosts')

  const generated = await ensureKey(key)
  const personal = await personalKeys()
  const examples = await runnableExamples()
  await ensureResources(cluster, examples, [...personal, generated.publicKey])
  // The folder was emptied since the Customer was made: nobody else can have taken the new key out of it.
  if (generated.made) await addKey(cluster, generated.publicKey)

  const hostKey = await publicKeyOf(join(dir, 'ssh', 'host_ed25519'))
  await writeFile(knownHosts, `${knownHost(platform)} ${hostKey}\n`)
  const command = sshCommand(key, knownHosts)
  for (const example of examples) await pushOnce(platform, example, join(folder, example.webspace), command, signal)

  const { sshKeys } = (await cluster.get(Customer, { name: DEMO_CUSTOMER })).spec
  const text = guide({
    sites: examples.map((example) => site(platform, example)),
    leftOut: examples.some(({ runtime }) => runtime === 'php')
      ? undefined
      : 'hello-php was left out: php is not on PATH',
    sshCommand: command,
    ownKey: fingerprints(personal).some((fingerprint) => fingerprints(sshKeys).includes(fingerprint)),
    hostKey: fingerprints([hostKey])[0] ?? '',
  })
  process.stdout.write(text)
}

/** Pushes the example unless something was pushed before. */
async function pushOnce(
  platform: Distribution,
  example: Example,
  clone: string,
  ssh: string,
  signal: AbortSignal,
): Promise<void> {
  const { webspace } = example
  await untilKnown(platform, webspace, signal)
  await ensureClone(example, clone, signal)
  const options = { cwd: clone, ssh, signal }
  // The address may be another one than last time.
  const url = platform.resolve(ADDRESSING).cloneUrl(webspace)
  await git(['config', 'remote.origin.url', url], options)
  await git(['config', 'remote.origin.fetch', '+refs/heads/*:refs/remotes/origin/*'], options)
  if ((await platform.resolve(REPOSITORIES).branches(webspace)).length > 0) return
  process.stdout.write(`\nPushing ${example.folder} to ${url}\n`)
  await git(['push', 'origin', 'HEAD:refs/heads/main'], options)
}

/** The platform sees what was just written when its watches have brought it, and then makes the repository. */
async function untilKnown(platform: Distribution, webspace: string, signal: AbortSignal): Promise<void> {
  const caches = platform.resolve(RESOURCE_CACHES)
  const repositories = platform.resolve(REPOSITORIES)
  const deadline = systemClock.now() + KNOWN_WITHIN_MS
  for (;;) {
    const known = caches.webspaces.get(webspace)
    if (
      known !== undefined &&
      caches.customers.get(known.spec.customer) !== undefined &&
      caches.runtimes.get(known.spec.runtime) !== undefined &&
      (await repositories.list()).includes(webspace)
    ) {
      return
    }
    if (systemClock.now() > deadline) {
      throw coreError('WS_TIMEOUT', `webspace ${webspace} was not ready for a push within ${KNOWN_WITHIN_MS / 1000} s`)
    }
    await systemClock.sleep(20, signal)
  }
}

function site(platform: Distribution, example: Example): Site {
  const addressing = platform.resolve(ADDRESSING)
  const webspace = platform.resolve(RESOURCE_CACHES).webspaces.get(example.webspace)
  const domain = webspace?.spec.domain ?? addressing.defaultDomain(example.webspace)
  return {
    example,
    url: addressing.siteUrl(domain),
    previewUrl: addressing.siteUrl(`${slugOf('try')}.${domain}`),
    cloneUrl: addressing.cloneUrl(example.webspace),
  }
}

/** Our server as known_hosts names it (sshd(8)): with the port in brackets unless it is 22. */
function knownHost(platform: Distribution): string {
  const { hostname, port } = new URL(platform.resolve(ADDRESSING).cloneUrl(DEMO_CUSTOMER))
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  return port === '' || port === '22' ? host : `[${host}]:${port}`
}

function fingerprints(lines: readonly string[]): string[] {
  return lines.map(parseSshKey).flatMap((result) => ('key' in result ? [result.key.fingerprint] : []))
}

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Plan } from '@webspaces/core'

/** Where this machine keeps the certificates it trusts: not secret, and without them no download may work. */
const TRUST = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR'] as const

/**
 * All that a build sees of the machine: programs, its own empty home and temporary folder, a cache of packages that
 * it shares with other builds of the same customer.
 */
export async function buildEnvironment(build: {
  readonly plan: Plan
  readonly path: string
  readonly scratch: string
  readonly packages: string
  readonly extra: Readonly<Record<string, string>>
}): Promise<Record<string, string>> {
  const home = join(build.scratch, 'home')
  const tmp = join(build.scratch, 'tmp')
  await Promise.all([home, tmp, build.packages].map((folder) => mkdir(folder, { recursive: true })))
  const trust = TRUST.flatMap((name) => (process.env[name] === undefined ? [] : ([[name, process.env[name]]] as const)))
  return {
    ...Object.fromEntries(trust),
    CI: '1',
    LANG: 'C.UTF-8',
    NO_UPDATE_NOTIFIER: '1',
    npm_config_update_notifier: 'false',
    npm_config_cache: join(build.packages, 'npm'),
    // Yarn, pnpm, Composer and Corepack look here.
    XDG_CACHE_HOME: build.packages,
    ...build.extra,
    ...build.plan.env,
    PATH: build.path,
    HOME: home,
    TMPDIR: tmp,
  }
}

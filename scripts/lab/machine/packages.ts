/** The Debian packages that the lab is made of. */
import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { run } from '../run.ts'

/** A program that must be there, and the package that brings it. */
const PROGRAMS: Readonly<Record<string, string>> = {
  dockerd: 'docker.io',
  docker: 'docker.io',
  'docker-registry': 'docker-registry',
  etcd: 'etcd-server',
  kubectl: 'kubernetes-client',
  debootstrap: 'debootstrap',
  iptables: 'iptables',
  conntrack: 'conntrack',
  ip: 'iproute2',
  openssl: 'openssl',
  // For `kubectl port-forward`.
  socat: 'socat',
  nsenter: 'util-linux',
  gcc: 'gcc',
  xz: 'xz-utils',
  // A whole file system in one file, for the tests of builds.
  busybox: 'busybox-static',
}
const FILES: Readonly<Record<string, string>> = { '/usr/include/stdio.h': 'libc6-dev' }

export async function installPackages(): Promise<void> {
  const missing = new Set([
    ...Object.entries(PROGRAMS).flatMap(([program, name]) => (isOnPath(program) ? [] : [name])),
    ...Object.entries(FILES).flatMap(([file, name]) => (existsSync(file) ? [] : [name])),
  ])
  if (missing.size > 0) await aptInstall([...missing])
}

/** For another apt-get that is at work. */
const WAIT = ['-o', 'DPkg::Lock::Timeout=300']

export async function aptInstall(names: readonly string[]): Promise<void> {
  await withoutStartingServices(async () => {
    const environment = { DEBIAN_FRONTEND: 'noninteractive' }
    await run('apt-get', ['update'], { seconds: 120, environment })
    await run('apt-get', [...WAIT, 'install', '--yes', '--no-install-recommends', ...names], {
      seconds: 600,
      environment,
    })
  })
}

export interface Repository {
  readonly uri: string
  readonly release: string
}

/** Where this machine gets Debian from: what the lab makes of Debian comes from there too. The main archive is first. */
export async function debianRepositories(): Promise<Repository[]> {
  const format = '$(REPO_URI) $(RELEASE) $(ORIGIN) $(COMPONENT)'
  const lines = await run('apt-get', ['indextargets', '--format', format, 'Created-By: Packages'])
  const repositories = lines.split('\n').flatMap((line) => {
    const [uri, release, origin, component] = line.split(' ')
    return uri === undefined || release === undefined || origin !== 'Debian' || component !== 'main'
      ? []
      : [{ uri, release }]
  })
  if (repositories.length === 0) throw new Error('apt-get knows no Debian archive: is there a sources.list?')
  return repositories.sort((one, other) => one.release.length - other.release.length)
}

/** Debian's packages start their daemons, on the very ports that the lab's own listen on. */
async function withoutStartingServices(install: () => Promise<void>): Promise<void> {
  const policy = '/usr/sbin/policy-rc.d'
  if (existsSync(policy)) return install()
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    await install()
  } finally {
    rmSync(policy)
  }
}

function isOnPath(program: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((folder) => {
    try {
      accessSync(resolve(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

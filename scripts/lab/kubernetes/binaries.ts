/** Kubernetes' own programs: unpacked from an archive if there is one; what it lacks is built. */
import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { checkout, paths } from '../paths.ts'
import { run } from '../run.ts'
import { buildKubernetes } from './build.ts'

const PROGRAMS = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy', 'kubelet'] as const

const VERSION = 'v1.20.2'

/**
 * SHA-256 of programs that are there and of no use. Archives hold an API server that was built with reflect2 1.0.1 and
 * a Go after 1.17: it runs well until somebody writes a custom resource, which ends it. See build.ts.
 */
const BROKEN: readonly string[] = ['66c2bd32107b1e7bb0860391eb89ff3f8bd5d4081739a71bfa3ae0f5576e9082']

export function kubernetesProgram(name: (typeof PROGRAMS)[number]): string {
  return resolve(paths.cache.kubernetes, name)
}

export async function provideKubernetes(tell: (what: string) => void): Promise<void> {
  if (unusable(paths.cache.kubernetes).length === 0) return
  const folder = resolve(paths.cache.work, 'kubernetes')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const archive = findArchive()
  if (archive !== undefined) {
    await run('tar', ['--extract', '--no-same-owner', '--file', archive, '--directory', folder], { seconds: 120 })
  }
  const missing = unusable(folder)
  if (missing.length > 0) {
    tell(`building ${missing.join(', ')} from Debian’s source package: about ten minutes, once`)
    await buildKubernetes(missing, VERSION, folder)
  }
  // In one step, so that what is in the cache is whole.
  rmSync(paths.cache.kubernetes, { recursive: true, force: true })
  renameSync(folder, paths.cache.kubernetes)
}

/** The programs that are not in the folder, or are broken. */
function unusable(folder: string): string[] {
  return PROGRAMS.filter((name) => {
    const path = resolve(folder, name)
    return !existsSync(path) || BROKEN.includes(createHash('sha256').update(readFileSync(path)).digest('hex'))
  })
}

/** LAB_KUBERNETES says where it is; or it lies beside the checkout. */
function findArchive(): string | undefined {
  const told = process.env['LAB_KUBERNETES']
  if (told !== undefined && !existsSync(told)) throw new Error(`LAB_KUBERNETES says ${told}, which is not there`)
  const name = `kubernetes-${VERSION}-linux-${process.arch === 'x64' ? 'amd64' : process.arch}.tar.xz`
  return told ?? globSync(`../shared/kubernetes/${name}`, { cwd: checkout }).map((path) => resolve(checkout, path))[0]
}

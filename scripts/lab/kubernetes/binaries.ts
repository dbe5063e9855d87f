/** Kubernetes' own programs: unpacked from an archive if there is one, or else built. */
import { existsSync, globSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { checkout, paths } from '../paths.ts'
import { run } from '../run.ts'
import { buildKubernetes } from './build.ts'

const PROGRAMS = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy', 'kubelet'] as const

const VERSION = 'v1.20.2'

export function kubernetesProgram(name: (typeof PROGRAMS)[number]): string {
  return resolve(paths.cache.kubernetes, name)
}

export async function provideKubernetes(tell: (what: string) => void): Promise<void> {
  if (PROGRAMS.every((name) => existsSync(kubernetesProgram(name)))) return
  const folder = resolve(paths.cache.work, 'kubernetes')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const archive = findArchive()
  if (archive === undefined) {
    tell('building Kubernetes from Debian’s source package: about ten minutes, once')
    await buildKubernetes(PROGRAMS, VERSION, folder)
  } else {
    await run('tar', ['--extract', '--no-same-owner', '--file', archive, '--directory', folder], { seconds: 120 })
  }
  // In one step, so that what is in the cache is whole.
  rmSync(paths.cache.kubernetes, { recursive: true, force: true })
  renameSync(folder, paths.cache.kubernetes)
}

/** LAB_KUBERNETES says where it is; or it lies beside the checkout. */
function findArchive(): string | undefined {
  const told = process.env['LAB_KUBERNETES']
  if (told !== undefined && !existsSync(told)) throw new Error(`LAB_KUBERNETES says ${told}, which is not there`)
  const name = `kubernetes-${VERSION}-linux-${process.arch === 'x64' ? 'amd64' : process.arch}.tar.xz`
  return told ?? globSync(`../shared/kubernetes/${name}`, { cwd: checkout }).map((path) => resolve(checkout, path))[0]
}

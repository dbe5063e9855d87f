/** All parts, in the order in which they start; what needs another comes after it. */
import { apiServer } from './parts/apiserver.ts'
import { controllerManager } from './parts/controller-manager.ts'
import { dockerd, dockerdTls } from './parts/dockerd.ts'
import { etcd } from './parts/etcd.ts'
import { kubelet } from './parts/kubelet.ts'
import { proxy } from './parts/proxy.ts'
import { baseImages, registry } from './parts/registry.ts'
import { scheduler } from './parts/scheduler.ts'
import type { Part } from './part.ts'

export const daemons: readonly Part[] = [dockerd, dockerdTls]

/** What images are made with and kept in. */
export const foundations: readonly Part[] = [registry, baseImages, etcd, ...daemons]

export const kubernetes: readonly Part[] = [apiServer, controllerManager, scheduler, kubelet, proxy]

export const parts: readonly Part[] = [...foundations, ...kubernetes]

/** @throws an error that names all of them, if there is none of that name */
export function partNamed(name: string): Part {
  const part = parts.find((candidate) => candidate.name === name)
  if (part !== undefined) return part
  throw new Error(`There is no part "${name}". Parts: ${parts.map((each) => each.name).join(', ')}`)
}

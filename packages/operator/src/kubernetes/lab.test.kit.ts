import {
  customResourceDefinition,
  RESOURCE_KINDS,
  type Kind,
  type KubernetesObject,
  type Logger,
} from '@webspaces/core'
import { vi } from 'vitest'
import { systemClock } from '../system/clock.ts'
import { ApiServer, type RequestLimits } from './api-server.ts'
import { KubernetesCluster } from './cluster.ts'
import { Connection, readKubeConfig } from './connection.ts'
import type { WatchTimes } from './watch/watcher.ts'

/** A kubeconfig that may do everything, for a cluster that the tests may write to. */
export function kubeconfigOfLab(): string {
  const path = process.env['KUBECONFIG']
  if (path === undefined || path === '') {
    throw new Error('KUBECONFIG is not set: start a cluster with `npm run lab up`, then `. .lab/env`')
  }
  return path
}

export interface LabCluster {
  readonly cluster: KubernetesCluster
  readonly server: ApiServer
}

export interface LabOptions {
  readonly kubeconfig?: string
  readonly watchTimes?: Partial<WatchTimes>
  readonly limits?: Partial<RequestLimits>
  readonly fieldManager?: string
  readonly logger?: Logger
}

export function openCluster({ kubeconfig, limits, logger = SILENT, ...options }: LabOptions = {}): LabCluster {
  const server = new ApiServer(new Connection(readKubeConfig(kubeconfig ?? kubeconfigOfLab()), systemClock), limits)
  return { cluster: new KubernetesCluster({ server, clock: systemClock, logger, ...options }), server }
}

const CustomResourceDefinition: Kind<
  KubernetesObject & { status?: { conditions?: { type: string; status: string }[] } }
> = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  shortNames: ['crd'],
  namespaced: false,
}

/** Teaches the cluster our kinds, and waits until it serves them. */
export async function installKinds({ cluster }: LabCluster): Promise<void> {
  for (const kind of RESOURCE_KINDS) {
    const definition = customResourceDefinition(kind)
    await cluster.apply(CustomResourceDefinition, definition)
    await eventually(async () => {
      const { status } = await cluster.get(CustomResourceDefinition, { name: definition.metadata.name })
      const established = status?.conditions?.find(({ type }) => type === 'Established')
      if (established?.status !== 'True') throw new Error(`${kind.kind} is not established`)
      await cluster.list(kind)
    })
  }
}

/** Waits until the check passes. Generous: it only ends a test that hangs. */
export async function eventually(check: () => Promise<void> | void, timeout = 60_000): Promise<void> {
  await vi.waitFor(check, { timeout, interval: 50 })
}

export const SILENT: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => SILENT,
}

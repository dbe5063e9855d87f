import { join } from 'node:path'
import {
  createDistribution,
  DEFAULT_CONFIG,
  type Clock,
  type Distribution,
  type ListenAddress,
  type Logger,
  type NewId,
  type PlatformConfig,
  type Plugin,
} from '@webspaces/core'
import { sshGitServer } from '@webspaces/git-ssh'
import { local } from '@webspaces/local'
import { nodeRuntime } from '@webspaces/runtime-node'
import { phpRuntime } from '@webspaces/runtime-php'
import { controllers, reconcilers, repositoryReconciler } from '../reconcilers/plugins.ts'
import { systemClock } from '../system/clock.ts'
import { newId } from '../system/new-id.ts'

export interface OneMachineOptions {
  /** The folder that holds everything; made where it is missing. One platform at a time. */
  readonly dir: string
  /** Where git is served. The port is a real one: clone URLs hold it. */
  readonly ssh: ListenAddress
  /** Where the sites are served. The port is a real one: site URLs hold it. */
  readonly http: ListenAddress
  readonly logger: Logger
  /** Further plugins, such as Runtimes of your own. */
  readonly plugins?: readonly Plugin[]
  readonly config?: PlatformConfig
  readonly clock?: Clock
  readonly newId?: NewId
}

/** A person waits at the other end of the push, and nobody shares the machine: shorter waits, fewer builds at a time. */
export const ONE_MACHINE_CONFIG: PlatformConfig = {
  ...DEFAULT_CONFIG,
  push: { ...DEFAULT_CONFIG.push, concurrentBuilds: 2, rolloutWaitMs: 90_000 },
  workload: {
    ...DEFAULT_CONFIG.workload,
    progressDeadlineSeconds: 60,
    // The router takes a replica out of service in the moment that it is stopped: there is nothing to wait for.
    preStopSeconds: 0,
  },
}

/** The whole platform on one machine: no Docker, no Kubernetes, no root. */
export function oneMachine(options: OneMachineOptions): Distribution {
  const { dir, ssh, http, logger } = options
  return createDistribution({
    plugins: [
      local({ dir, http, ssh }),
      sshGitServer({
        ...ssh,
        repositories: join(dir, 'repositories'),
        hostKey: join(dir, 'ssh', 'host_ed25519'),
      }),
      nodeRuntime(),
      phpRuntime(),
      controllers(),
      reconcilers(),
      repositoryReconciler(),
      ...(options.plugins ?? []),
    ],
    clock: options.clock ?? systemClock,
    newId: options.newId ?? newId,
    logger,
    config: options.config ?? ONE_MACHINE_CONFIG,
    // The parts stop one after another, and all of them together have 10 s.
    stopTimeoutMs: 2500,
  })
}

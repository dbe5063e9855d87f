import {
  createDistribution,
  DEFAULT_CONFIG,
  Label,
  type Clock,
  type Distribution,
  type IsolationSettings,
  type ListenAddress,
  type Logger,
  type NewId,
  type PlatformConfig,
  type Plugin,
} from '@webspaces/core'
import type { DockerBuilderOptions } from '@webspaces/builder-docker'
import type { SshGitServerOptions } from '@webspaces/git-ssh'
import { nodeRuntime } from '@webspaces/runtime-node'
import { phpRuntime } from '@webspaces/runtime-php'
import { health, readiness } from '../health/plugin.ts'
import type { KubernetesAddressingOptions } from '../kubernetes/addressing.ts'
import { loadKubernetes } from '../kubernetes/load.ts'
import { controllers, events, reconcilers, repositoryReconciler } from '../reconcilers/plugins.ts'
import { systemClock } from '../system/clock.ts'
import { newId } from '../system/new-id.ts'

export interface OnKubernetesOptions {
  /** Left out: the service account of the pod that this runs in, `KUBECONFIG`, or `~/.kube/config`. */
  readonly kubeconfig?: string
  /** Where the operators' Lease is; left out: the pod's own namespace, that of the kubeconfig's context, or `default`. */
  readonly namespace?: string
  readonly addressing: KubernetesAddressingOptions
  /** Serves git and builds; left out: another process does. */
  readonly git?: GitRole
  /** Whether this process reconciles, in turn with all others that do. */
  readonly operator: boolean
  /** Where /healthz, /readyz and /metrics are. The port is a real one. */
  readonly http: ListenAddress
  /** How long pushes may go on once the platform is to stop. Milliseconds. */
  readonly drainMs: number
  readonly logger: Logger
  /** Further plugins, such as Runtimes of your own. */
  readonly plugins?: readonly Plugin[]
  readonly config?: PlatformConfig
  readonly clock?: Clock
  readonly newId?: NewId
}

/** Where git is served, and where images are built and kept. */
export type GitRole = SshGitServerOptions & DockerBuilderOptions

/** Every namespace but those of other customers: wherever the ingress controller is, it is let in. */
const NOT_OTHER_CUSTOMERS: IsolationSettings = {
  from: [{ namespaceSelector: { matchExpressions: [{ key: Label.customer, operator: 'DoesNotExist' }] } }],
}

export const KUBERNETES_CONFIG: PlatformConfig = { ...DEFAULT_CONFIG, isolation: NOT_OTHER_CUSTOMERS }

/**
 * The platform on a Kubernetes cluster, or one role of it. What a role needs is loaded for it alone.
 * @throws WS_NODE_TOO_OLD, WS_KUBECONFIG
 */
export async function onKubernetes(options: OnKubernetesOptions): Promise<Distribution> {
  const { kubernetes, leaderElection, LEASE } = await loadKubernetes()
  const { metrics } = await import('../metrics/plugin.ts')
  const { kubeconfig, namespace, addressing, logger } = options
  return createDistribution({
    plugins: [
      health(options.http),
      metrics({ lease: LEASE }),
      kubernetes({ ...(kubeconfig === undefined ? {} : { kubeconfig }), addressing }),
      nodeRuntime(),
      phpRuntime(),
      controllers(),
      ...(options.git === undefined ? [] : await gitPlugins(options.git)),
      ...(options.operator
        ? [leaderElection(namespace === undefined ? {} : { namespace }), reconcilers(), events()]
        : []),
      ...(options.plugins ?? []),
      readiness(),
    ],
    clock: options.clock ?? systemClock,
    newId: options.newId ?? newId,
    logger,
    config: options.config ?? KUBERNETES_CONFIG,
    stopTimeoutMs: options.drainMs,
  })
}

async function gitPlugins(role: GitRole): Promise<Plugin[]> {
  const [{ dockerBuilder }, { sshGitServer }] = await Promise.all([
    import('@webspaces/builder-docker'),
    import('@webspaces/git-ssh'),
  ])
  return [dockerBuilder(role), sshGitServer(role), repositoryReconciler()]
}

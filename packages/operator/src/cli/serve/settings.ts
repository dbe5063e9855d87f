import type { ListenAddress, PlatformConfig } from '@webspaces/core'
import { KUBERNETES_CONFIG, type GitRole } from '../../distributions/cluster.ts'
import { operatorError } from '../../errors.ts'
import type { KubernetesAddressingOptions } from '../../kubernetes/addressing.ts'
import { certificatesIn } from './files.ts'
import type { ServeOptions } from './serve.ts'

const MiB = 1024 * 1024

/** What the rules of core go by. */
export function configOf(options: ServeOptions): PlatformConfig {
  const { push, workload, isolation } = KUBERNETES_CONFIG
  const { ingressClass, ingressAnnotation, ingressFrom, progressDeadline, buildMemoryMib } = options
  return {
    push: {
      ...push,
      concurrentBuilds: options.builds,
      concurrentBuildsPerCustomer: options.buildsPerCustomer,
      buildTimeMs: options.buildSeconds * 1000,
      ...(buildMemoryMib === undefined ? {} : { buildMemoryBytes: buildMemoryMib * MiB }),
      maxTreeBytes: options.maxTreeMib * MiB,
      // A pusher hears of a rollout that fails, too.
      rolloutWaitMs: Math.max(push.rolloutWaitMs, (progressDeadline + 30) * 1000),
    },
    workload: {
      ...workload,
      ...(ingressClass === undefined ? {} : { ingressClass }),
      ingressAnnotations: ingressAnnotation,
      progressDeadlineSeconds: progressDeadline,
    },
    reclaimPolicy: options.reclaimPolicy,
    ...(ingressFrom.length > 0 ? { isolation: { from: ingressFrom } } : isolation && { isolation }),
  }
}

/** What people are told to connect to. @param ssh where this process serves git, if it does */
export function addressingOf(options: ServeOptions, ssh: ListenAddress | undefined): KubernetesAddressingOptions {
  const { domain, scheme, gitAddress } = options
  return { domain, scheme, git: gitAddress ?? (ssh && reachable(ssh)) ?? { host: domain, port: 22 } }
}

/** "All addresses of this machine" is nowhere to connect to. */
function reachable({ host, port }: ListenAddress): ListenAddress {
  return { host: host === '0.0.0.0' || host === '::' ? 'localhost' : host, port }
}

/** @throws WS_USAGE naming the option that is missing */
export function gitRoleOf(options: ServeOptions): Omit<GitRole, keyof ListenAddress> {
  const { docker, dockerCertPath: certificates, registryConfig } = options
  return {
    repositories: given(options.repositories, '--repositories'),
    hostKey: given(options.hostKey, '--host-key'),
    daemons: given(docker, '--docker').map((url) => ({
      url,
      ...(certificates === undefined || url.startsWith('unix:') ? {} : { tls: certificatesIn(certificates) }),
    })),
    registry: {
      address: given(options.registry, '--registry'),
      insecure: options.registryScheme === 'http',
      ...(registryConfig === undefined ? {} : { credentials: { dockerConfig: registryConfig } }),
    },
  }
}

function given<T>(value: T | undefined, option: string): T {
  if (value !== undefined) return value
  throw operatorError('WS_USAGE', `the role git needs ${option}`, {
    remedy: 'Give the option, or run the operator alone with --roles operator.',
  })
}

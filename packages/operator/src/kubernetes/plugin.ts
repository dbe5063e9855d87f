import { hostname } from 'node:os'
import {
  ADDRESSING,
  CLOCK,
  CLUSTER,
  LOGGER,
  LOGS,
  MANAGER,
  NEW_ID,
  PART,
  token,
  type Plugin,
  type Resolver,
  type Token,
} from '@webspaces/core'
import { LEADERSHIP } from '../controller/leadership.ts'
import { KubernetesAddressing, type KubernetesAddressingOptions } from './addressing.ts'
import { ApiServer, type RequestLimits } from './api-server.ts'
import { KubernetesCluster } from './cluster.ts'
import { Connection, readKubeConfig } from './connection.ts'
import { LeaseElection, type LeaseTimes } from './leader/lease-election.ts'
import { PodLogs } from './logs/pod-logs.ts'
import { REQUEST_OBSERVER } from './request-observer.ts'
import { ServerConnection } from './server-connection.ts'
import type { WatchTimes } from './watch/watcher.ts'

export interface KubernetesOptions {
  /** Left out: the service account of the pod that this runs in, `KUBECONFIG`, or `~/.kube/config`. */
  readonly kubeconfig?: string
  /** Whose the fields are that are applied. One and the same for ever: another would not take back what this one gave. */
  readonly fieldManager?: string
  readonly addressing: KubernetesAddressingOptions
  readonly requests?: Partial<RequestLimits>
  readonly watches?: Partial<WatchTimes>
}

export interface LeaderElectionOptions {
  /** Where the Lease is; left out: the pod's own namespace, or that of the kubeconfig's context, or `default`. */
  readonly namespace?: string
  /** The Lease's name. */
  readonly name?: string
  /** Unique among all processes that ever take part; left out: the host's name with a random end. */
  readonly identity?: string
  readonly times?: Partial<LeaseTimes>
}

/** The Lease that the operators share. */
export const LEASE = 'webspaces-operator'

const CONNECTION: Token<Connection> = token('Connection (of the plugin kubernetes)')
const API_SERVER: Token<ApiServer> = token('ApiServer (of the plugin kubernetes)')
const LEASE_ELECTION: Token<LeaseElection> = token('LeaseElection (of the plugin leaderElection)')

/** Webspaces on a Kubernetes cluster: Cluster, Logs and Addressing. */
export function kubernetes(options: KubernetesOptions): Plugin {
  return {
    name: '@webspaces/operator/kubernetes',
    contractVersion: 1,
    register(container) {
      container.provide(CONNECTION, {
        useFactory: (resolver) => new Connection(readKubeConfig(options.kubeconfig), resolver.resolve(CLOCK)),
      })
      container.provide(API_SERVER, {
        useFactory: (resolver) =>
          new ApiServer(
            resolver.resolve(CONNECTION),
            options.requests,
            resolver.has(REQUEST_OBSERVER) ? resolver.resolve(REQUEST_OBSERVER) : undefined,
          ),
      })
      container.provide(CLUSTER, {
        useFactory: (resolver) =>
          new KubernetesCluster({
            server: resolver.resolve(API_SERVER),
            ...system(resolver),
            fieldManager: options.fieldManager ?? MANAGER,
            ...(options.watches === undefined ? {} : { watchTimes: options.watches }),
          }),
      })
      container.provide(LOGS, {
        useFactory: (resolver) =>
          new PodLogs({
            server: resolver.resolve(API_SERVER),
            cluster: resolver.resolve(CLUSTER),
            ...system(resolver),
          }),
      })
      container.provide(ADDRESSING, { useValue: new KubernetesAddressing(options.addressing) })
      container.contribute(PART, {
        useFactory: (resolver) =>
          new ServerConnection(resolver.resolve(CONNECTION), resolver.resolve(API_SERVER), resolver.resolve(LOGGER)),
      })
    },
  }
}

/** Of all processes that share a Lease, only one reconciles at a time. Needs {@link kubernetes}. */
export function leaderElection(options: LeaderElectionOptions = {}): Plugin {
  return {
    name: '@webspaces/operator/leader-election',
    contractVersion: 1,
    requires: [CLUSTER, CONNECTION],
    register(container) {
      container.provide(LEASE_ELECTION, {
        useFactory: (resolver) =>
          new LeaseElection({
            cluster: resolver.resolve(CLUSTER),
            ...system(resolver),
            lease: {
              namespace: options.namespace ?? resolver.resolve(CONNECTION).namespace ?? 'default',
              name: options.name ?? LEASE,
            },
            identity: options.identity ?? `${hostname()}_${resolver.resolve(NEW_ID)()}`,
            ...(options.times === undefined ? {} : { times: options.times }),
          }),
      })
      container.provide(LEADERSHIP, { useFactory: (resolver) => resolver.resolve(LEASE_ELECTION) })
      container.contribute(PART, { useFactory: (resolver) => resolver.resolve(LEASE_ELECTION) })
    },
  }
}

function system(resolver: Resolver) {
  return { clock: resolver.resolve(CLOCK), logger: resolver.resolve(LOGGER) }
}

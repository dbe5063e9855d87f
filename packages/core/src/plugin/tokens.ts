import type { Access } from '../push/access.ts'
import type { Images } from '../push/images.ts'
import type { PushTimer } from '../push/push-timer.ts'
import type { Preflight } from '../push/preflight.ts'
import type { Releases } from '../push/releases.ts'
import type { Rollouts } from '../push/rollouts.ts'
import type { HostOwners } from '../workload/hosts.ts'
import type { ResourceCaches } from '../cache/resource-caches.ts'
import type { Addressing } from '../contracts/addressing.ts'
import type { Builder } from '../contracts/builder.ts'
import type { Cluster } from '../contracts/cluster.ts'
import type { GitServer } from '../contracts/git-server.ts'
import type { Logs } from '../contracts/logs.ts'
import type { Part } from '../contracts/part.ts'
import type { PushObserver } from '../contracts/push-observer.ts'
import type { PushReceiver } from '../contracts/push.ts'
import type { Reconciler } from '../contracts/reconciler.ts'
import type { Repositories } from '../contracts/repositories.ts'
import type { Runtime } from '../contracts/runtime.ts'
import type { Clock, Logger, NewId } from '../contracts/system.ts'
import type { PlatformConfig } from './config.ts'
import { token, type Token } from './token.ts'

// What plugins implement, once each.
export const CLUSTER: Token<Cluster> = token('Cluster')
export const BUILDER: Token<Builder> = token('Builder')
export const GIT_SERVER: Token<GitServer> = token('GitServer')
export const REPOSITORIES: Token<Repositories> = token('Repositories')
export const LOGS: Token<Logs> = token('Logs')
export const ADDRESSING: Token<Addressing> = token('Addressing')

// What a plugin may implement.
/** Nothing is measured where no plugin provides it. */
export const PUSH_OBSERVER: Token<PushObserver> = token('PushObserver')

// What plugins contribute, any number of each.
export const RUNTIME: Token<Runtime> = token('Runtime')
export const RECONCILER: Token<Reconciler> = token('Reconciler')
export const PART: Token<Part> = token('Part')

// What core provides.
export const PUSH_RECEIVER: Token<PushReceiver> = token('PushReceiver')
export const ACCESS: Token<Access> = token('Access')
export const RESOURCE_CACHES: Token<ResourceCaches> = token('ResourceCaches')
export const PREFLIGHT: Token<Preflight> = token('Preflight')
export const IMAGES: Token<Images> = token('Images')
export const PUSH_TIMER: Token<PushTimer> = token('PushTimer')
export const ROLLOUTS: Token<Rollouts> = token('Rollouts')
export const RELEASES: Token<Releases> = token('Releases')
/** All contributed Runtimes, in the order of the plugins. */
export const RUNTIMES: Token<readonly Runtime[]> = token('Runtimes')
export const HOST_OWNERS: Token<HostOwners> = token('HostOwners')
export const CONFIG: Token<PlatformConfig> = token('PlatformConfig')
export const CLOCK: Token<Clock> = token('Clock')
export const NEW_ID: Token<NewId> = token('NewId')
export const LOGGER: Token<Logger> = token('Logger')

/** Which packages implement a contract, for the message when it is missing. */
export const IMPLEMENTED_BY: ReadonlyMap<Token<unknown>, string> = new Map<Token<unknown>, string>([
  [CLUSTER, '@webspaces/local or @webspaces/operator'],
  [BUILDER, '@webspaces/local or @webspaces/builder-docker'],
  [GIT_SERVER, '@webspaces/git-ssh'],
  [REPOSITORIES, '@webspaces/git-ssh'],
  [LOGS, '@webspaces/local or @webspaces/operator'],
  [ADDRESSING, '@webspaces/local or @webspaces/operator'],
  [RUNTIME, '@webspaces/runtime-node or @webspaces/runtime-php'],
])

import {
  ADDRESSING,
  BUILDER,
  CLOCK,
  CLUSTER,
  LOGGER,
  LOGS,
  NEW_ID,
  PART,
  RESOURCE_CACHES,
  token,
  type ListenAddress,
  type Part,
  type Plugin,
  type Resolver,
  type Token,
} from '@webspaces/core'
import { LocalAddressing } from './addressing.ts'
import { Endpoints } from './endpoints.ts'
import { FolderCluster } from './folder-cluster/folder-cluster.ts'
import { ImageStore } from './images/image-store.ts'
import { ReleaseBuilder } from './release-builder/release-builder.ts'
import { Router } from './router/router.ts'
import { FolderLogs } from './runner/logs/folder-logs.ts'
import { Runner } from './runner/runner.ts'

export interface LocalOptions {
  /** The platform's folder; made where it is missing. */
  readonly dir: string
  /** Where the sites are served. Port 0 takes a free one. */
  readonly http: ListenAddress
  /** Where git is served; the port is a real one, as clone URLs hold it. */
  readonly ssh: ListenAddress
}

// What the pieces of this package know of each other.
const FOLDER_CLUSTER: Token<FolderCluster> = token('FolderCluster')
const FOLDER_LOGS: Token<FolderLogs> = token('FolderLogs')
const IMAGES: Token<ImageStore> = token('ImageStore')
const ENDPOINTS: Token<Endpoints> = token('Endpoints')
const ROUTER: Token<Router> = token('Router')

/** Webspaces on one machine: Cluster, Builder, Logs and Addressing, and what runs and serves the sites. */
export function local({ dir, http, ssh }: LocalOptions): Plugin {
  const system = (resolver: Resolver) => ({
    clock: resolver.resolve(CLOCK),
    newId: resolver.resolve(NEW_ID),
    logger: resolver.resolve(LOGGER),
  })
  return {
    name: '@webspaces/local',
    contractVersion: 1,
    register(container) {
      container.provide(FOLDER_CLUSTER, { useFactory: (resolver) => new FolderCluster({ dir, ...system(resolver) }) })
      container.provide(FOLDER_LOGS, { useFactory: () => new FolderLogs(dir) })
      container.provide(IMAGES, { useFactory: () => new ImageStore(dir) })
      container.provide(ENDPOINTS, { useFactory: () => new Endpoints() })
      container.provide(ROUTER, {
        useFactory: (resolver) =>
          new Router({
            ...http,
            cluster: resolver.resolve(CLUSTER),
            endpoints: resolver.resolve(ENDPOINTS),
            webspaces: () => resolver.resolve(RESOURCE_CACHES).webspaces.values(),
            cloneUrl: (webspace) => resolver.resolve(ADDRESSING).cloneUrl(webspace),
            logger: resolver.resolve(LOGGER),
          }),
      })

      container.provide(CLUSTER, { useFactory: (resolver) => resolver.resolve(FOLDER_CLUSTER) })
      container.provide(LOGS, { useFactory: (resolver) => resolver.resolve(FOLDER_LOGS) })
      container.provide(BUILDER, {
        useFactory: (resolver) => new ReleaseBuilder({ dir, images: resolver.resolve(IMAGES), ...system(resolver) }),
      })
      container.provide(ADDRESSING, {
        useFactory: (resolver) => new LocalAddressing(() => resolver.resolve(ROUTER).address ?? http, ssh),
      })

      container.contribute(PART, { useFactory: (resolver) => resolver.resolve(FOLDER_CLUSTER) })
      container.contribute(PART, { useFactory: (resolver) => resolver.resolve(ROUTER) })
      container.contribute(PART, {
        useFactory: (resolver) =>
          new Runner({
            cluster: resolver.resolve(CLUSTER),
            images: resolver.resolve(IMAGES),
            endpoints: resolver.resolve(ENDPOINTS),
            logs: resolver.resolve(FOLDER_LOGS),
            ...system(resolver),
          }),
      })
      container.contribute(PART, { useFactory: (resolver) => openRequests(resolver.resolve(ROUTER)) })
    },
  }
}

/**
 * The router's requests, which must end while the replicas still run: the router itself, started before them, stops
 * after them.
 */
function openRequests(router: Router): Part {
  return {
    name: 'open requests',
    stage: 'traffic',
    start: () => Promise.resolve(),
    stop: (signal) => router.drain(signal),
  }
}

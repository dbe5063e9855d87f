import type { DaemonOptions } from './daemon/daemon-options.ts'
import type { RegistryOptions } from './registry/registry.ts'

export interface DockerBuilderOptions {
  /** Where images are built. A Webspace keeps to one of them, for its cache, as long as that one answers. */
  readonly daemons: readonly DaemonOptions[]
  /** Where images are kept. */
  readonly registry: RegistryOptions
  /**
   * `--build-arg`s of every build: a proxy, a package mirror. Part of what makes a build the same as an earlier one.
   * They are visible in an image's history: no place for secrets.
   */
  readonly buildArgs?: Readonly<Record<string, string>>
  /** Ask for a newer base image at every build, also where the daemon has one of that name. Default false. */
  readonly pull?: boolean
  /** Network of the build's steps, as `docker build --network` takes it. Default: the daemon's own. */
  readonly network?: string
  /** What of the images that no Release names stays, for pushes of an earlier tree. Default: nothing. */
  readonly retain?: Retention
  /**
   * Bytes of BuildKit's cache that pruning leaves on each daemon. The cache does not know whose it is: only for daemons
   * that do nothing else. Default: it is not touched, and the daemon's own garbage collection has it.
   */
  readonly buildCacheBytes?: number
}

export interface Retention {
  /** The most recently used images of each Webspace, up to this many. */
  readonly perWebspace: number
  /** As long as all that stay so are below this size, on each daemon. Default: no limit. */
  readonly bytes?: number
}

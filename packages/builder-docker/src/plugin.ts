import { BUILDER, CLOCK, LOGGER, type Plugin } from '@webspaces/core'
import { DockerBuilder } from './docker-builder.ts'
import type { DockerBuilderOptions } from './options.ts'

/**
 * Builds images on Docker daemons and pushes them to a registry.
 *
 * @example
 * dockerBuilder({
 *   daemons: [{ url: 'unix:///var/run/docker.sock' }],
 *   registry: { address: 'registry.example.com/webspaces', credentials: { dockerConfig: '/etc/webspaces/config.json' } },
 * })
 */
export function dockerBuilder(options: DockerBuilderOptions): Plugin {
  return {
    name: '@webspaces/builder-docker',
    contractVersion: 1,
    register: (container) =>
      container.provide(BUILDER, {
        useFactory: (resolver) =>
          new DockerBuilder({ ...options, clock: resolver.resolve(CLOCK), logger: resolver.resolve(LOGGER) }),
      }),
  }
}

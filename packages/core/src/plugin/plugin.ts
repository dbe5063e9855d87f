import type { PluginContainer } from './container.ts'
import type { Token } from './token.ts'

/** Raised when a contract changes in a way that an older plugin cannot keep. */
export const CONTRACT_VERSION = 1

/**
 * A plugin is a plain object; a package exports a function that makes one from its options.
 *
 * @example
 * export function staticSites(): Plugin {
 *   return {
 *     name: 'static-sites',
 *     contractVersion: 1,
 *     register: (container) => container.contribute(RUNTIME, { useValue: runtime }),
 *   }
 * }
 */
export interface Plugin {
  /** Unique in a distribution; the package's name, where there is one. */
  readonly name: string
  /** The {@link CONTRACT_VERSION} that the plugin was written for: a literal, not the constant. */
  readonly contractVersion: number
  /** Contracts that must be implemented by some plugin of the distribution for this one to work. */
  readonly requires?: readonly Token<unknown>[]
  /** Says what implements what. Does nothing else: no I/O, nothing started. */
  register(container: PluginContainer): void
}

import type { Runtime } from '../contracts/runtime.ts'
import { Container } from '../plugin/container.ts'
import type { Plugin } from '../plugin/plugin.ts'
import { RUNTIME } from '../plugin/tokens.ts'

/** The Runtimes that a plugin contributes, as a distribution would get them. */
export function runtimesOf(plugin: Plugin): Runtime[] {
  const container = new Container()
  plugin.register(container.for(plugin.name))
  return container.resolveAll(RUNTIME)
}

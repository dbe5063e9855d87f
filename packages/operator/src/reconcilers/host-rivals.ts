import { domainOf, keyOf, type Addressing, type ObjectKey, type WatchedCache, type Webspace } from '@webspaces/core'
import { CacheIndex } from '../controller/cache-index.ts'

/**
 * Which Webspaces must look again when one of them gets or gives up a host: those that claim it too. A preview's host
 * is one label below its Webspace's domain, where another Webspace may have its own domain.
 */
export class HostRivals {
  readonly #addressing: Addressing
  readonly #byHost: CacheIndex<Webspace>
  readonly #byParent: CacheIndex<Webspace>

  constructor(webspaces: WatchedCache<Webspace>, addressing: Addressing) {
    this.#addressing = addressing
    this.#byHost = new CacheIndex(webspaces, (webspace) => this.#hosts(webspace))
    this.#byParent = new CacheIndex(webspaces, (webspace) => this.#hosts(webspace).map(parent))
  }

  of(webspace: Webspace): ObjectKey[] {
    return this.#hosts(webspace)
      .flatMap((host) => [...this.#byHost.of(host), ...this.#byHost.of(parent(host)), ...this.#byParent.of(host)])
      .map(keyOf)
  }

  #hosts(webspace: Webspace): string[] {
    return [domainOf(webspace, this.#addressing), ...webspace.spec.aliases]
  }
}

function parent(host: string): string {
  return host.slice(host.indexOf('.') + 1)
}

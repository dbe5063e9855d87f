import { container as rootContainer, instanceCachingFactory, Lifecycle, type DependencyContainer } from './injection.ts'
import { coreError } from '../errors/catalogue.ts'
import { IMPLEMENTED_BY } from './tokens.ts'
import { tokenName, type Token } from './token.ts'

/** How a token comes to its value. Made when first asked for, once. */
export type Provider<T> =
  /** A class whose constructor parameters each carry `@inject(TOKEN)`. */
  | { readonly useClass: new (...parameters: never[]) => T }
  | { readonly useFactory: (resolver: Resolver) => T }
  | { readonly useValue: T }

export interface Resolver {
  /** @throws WS_PLUGIN_MISSING naming the packages that implement the contract. */
  resolve<T>(token: Token<T>): T
  /** All contributions, in the order of the plugins. Empty if there are none. */
  resolveAll<T>(token: Token<T>): T[]
  has(token: Token<unknown>): boolean
}

/** What a plugin registers with. */
export interface PluginContainer {
  /** Implements a contract. @throws WS_PLUGIN_DOUBLED if another plugin has done so. */
  provide<T>(token: Token<T>, provider: Provider<T>): void
  /** Adds to a contract that has any number of implementations. */
  contribute<T>(token: Token<T>, provider: Provider<T>): void
}

/** The container of one distribution: tsyringe's, with who provided what. */
export class Container implements Resolver {
  readonly #container: DependencyContainer = rootContainer.createChildContainer()
  readonly #providers = new Map<Token<unknown>, string>()
  readonly #contributed = new Set<Token<unknown>>()
  /** What a factory threw: tsyringe makes another error of it, without its code, for whoever is injected with it. */
  readonly #thrown: Error[] = []

  /** The view of this container that `owner` registers with. */
  for(owner: string): PluginContainer {
    return {
      provide: (token, provider) => {
        const former = this.#providers.get(token)
        if (former !== undefined) {
          throw coreError('WS_PLUGIN_DOUBLED', `${tokenName(token)} is implemented by both ${former} and ${owner}`)
        }
        this.#providers.set(token, owner)
        this.#register(token, provider)
      },
      contribute: (token, provider) => {
        this.#contributed.add(token)
        this.#register(token, provider)
      },
    }
  }

  has(token: Token<unknown>): boolean {
    return this.#providers.has(token) || this.#contributed.has(token)
  }

  resolve<T>(token: Token<T>): T {
    if (!this.has(token)) throw missing(token)
    return this.#resolving(() => this.#container.resolve<T>(token))
  }

  resolveAll<T>(token: Token<T>): T[] {
    return this.#contributed.has(token) ? this.#resolving(() => this.#container.resolveAll<T>(token)) : []
  }

  #resolving<T>(resolve: () => T): T {
    this.#thrown.length = 0
    try {
      return resolve()
    } catch (error) {
      throw this.#thrown[0] ?? error
    }
  }

  #make<T>(factory: (resolver: Resolver) => T): T {
    try {
      return factory(this)
    } catch (error) {
      if (error instanceof Error) this.#thrown.push(error)
      throw error
    }
  }

  #register<T>(token: Token<T>, provider: Provider<T>): void {
    if ('useValue' in provider) {
      this.#container.register<T>(token, { useValue: provider.useValue })
    } else if ('useFactory' in provider) {
      this.#container.register<T>(token, { useFactory: instanceCachingFactory(() => this.#make(provider.useFactory)) })
    } else {
      this.#container.register<T>(
        token,
        { useClass: provider.useClass as new (...parameters: unknown[]) => T },
        {
          lifecycle: Lifecycle.Singleton,
        },
      )
    }
  }
}

export function missing(token: Token<unknown>, neededBy?: string): Error {
  const packages = IMPLEMENTED_BY.get(token)
  return coreError(
    'WS_PLUGIN_MISSING',
    `no plugin implements ${tokenName(token)}${neededBy === undefined ? '' : `, which ${neededBy} needs`}`,
    packages === undefined ? {} : { remedy: `Add ${packages} to the list of plugins.` },
  )
}

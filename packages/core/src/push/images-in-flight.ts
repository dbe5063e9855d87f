import type { ResourceCaches } from '../cache/resource-caches.ts'
import type { Release } from '../resources/release.ts'

/** What a push holds from before it asks for an image until a Release names the image, or the push is undone. */
export interface ImageHold {
  /** The builder has answered. */
  given(image: string): void
  /** A Release has been written. The hold goes on until the caches show it: a watch is a moment behind. */
  namedBy(release: Release): void
  /** The push came to nothing. Also of what has been named already. */
  drop(): void
}

/**
 * The images that pushes in this process have been given and that no Release in the caches names yet. Pruning, which
 * knows of Releases from the caches, would take them for images that nobody needs: those of a push of many branches wait
 * for the last build of it.
 */
export class ImagesInFlight {
  readonly #caches: ResourceCaches
  readonly #holds = new Set<Hold>()
  readonly #listeners = new Set<(webspace: string) => void>()

  constructor(caches: ResourceCaches) {
    this.#caches = caches
  }

  hold(webspace: string): ImageHold {
    this.#forgetSeen()
    const hold = new Hold(webspace, () => {
      if (!this.#holds.delete(hold)) return
      for (const listener of this.#listeners) listener(webspace)
    })
    this.#holds.add(hold)
    return hold
  }

  images(): string[] {
    this.#forgetSeen()
    return [...this.#holds].flatMap(({ image }) => image ?? [])
  }

  /** Calls the listener with the Webspace of every hold that is dropped, until the returned function is called. */
  onDrop(listener: (webspace: string) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #forgetSeen(): void {
    const { releases, webspaces } = this.#caches
    for (const hold of this.#holds) {
      const { release, webspace } = hold
      if (release === undefined) continue
      const seen = releases.get(release.metadata.name)?.metadata.uid === release.metadata.uid
      // With its Webspace a Release may go before it is ever seen.
      if (seen || webspaces.get(webspace) === undefined) this.#holds.delete(hold)
    }
  }
}

class Hold implements ImageHold {
  readonly webspace: string
  readonly drop: () => void
  image: string | undefined
  release: Release | undefined

  constructor(webspace: string, drop: () => void) {
    this.webspace = webspace
    this.drop = drop
  }

  given(image: string): void {
    this.image = image
  }

  namedBy(release: Release): void {
    this.release = release
  }
}

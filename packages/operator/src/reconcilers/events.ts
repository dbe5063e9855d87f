import {
  CLOCK,
  CLUSTER,
  currentReleases,
  inject,
  injectable,
  LOGGER,
  NEW_ID,
  RESOURCE_CACHES,
  type Clock,
  type Cluster,
  type KubernetesObject,
  type Logger,
  type NewId,
  type Part,
  type Release,
  type ResourceCaches,
  type WatchedCache,
} from '@webspaces/core'
import { LEADERSHIP, type Leadership } from '../controller/leadership.ts'
import { conditionNews } from './condition-news.ts'
import { EventRecorder, type News } from './event-recorder.ts'

/**
 * Tells as Events what the conditions of our resources come to say, so that `kubectl describe` shows how things came to
 * be as they are. The leader tells, so that nothing is told twice.
 */
@injectable()
export class Events implements Part {
  readonly name = 'events'
  readonly stage = 'control'
  readonly #caches: ResourceCaches
  readonly #leadership: Leadership
  readonly #recorder: EventRecorder
  readonly #unsubscribe: (() => void)[] = []

  constructor(
    @inject(CLUSTER) cluster: Cluster,
    @inject(RESOURCE_CACHES) caches: ResourceCaches,
    @inject(LEADERSHIP) leadership: Leadership,
    @inject(CLOCK) clock: Clock,
    @inject(NEW_ID) newId: NewId,
    @inject(LOGGER) logger: Logger,
  ) {
    this.#caches = caches
    this.#leadership = leadership
    this.#recorder = new EventRecorder({ cluster, clock, newId, logger })
  }

  start(): Promise<void> {
    const { customers, runtimes, webspaces, releases } = this.#caches
    const tell = (object: KubernetesObject, news: News): void => this.#recorder.record(object, news)
    this.#unsubscribe.push(
      this.#follow(customers, tell),
      this.#follow(runtimes, tell),
      this.#follow(webspaces, tell),
      this.#follow(releases, (release, news) => this.#tellOfRelease(release, news)),
    )
    return Promise.resolve()
  }

  async stop(): Promise<void> {
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe()
    await this.#recorder.stop()
  }

  #follow<T extends KubernetesObject>(cache: WatchedCache<T>, tell: (object: T, news: News) => void): () => void {
    return cache.onChange(({ now, before }) => {
      const news = now && this.#leadership.leading ? conditionNews(now, before) : undefined
      if (now !== undefined && news !== undefined) tell(now, news)
    })
  }

  /** Also on its Webspace if it is a preview's: the Webspace's own conditions are about the production branch. */
  #tellOfRelease(release: Release, news: News): void {
    this.#recorder.record(release, news)
    const webspace = this.#caches.webspaces.get(release.spec.webspace)
    if (webspace === undefined || release.spec.branch === webspace.spec.branch || this.#isReplaced(release)) return
    const { metadata, spec } = release
    this.#recorder.record(webspace, { ...news, message: `${metadata.name} (${spec.branch}): ${news.message}` })
  }

  /** That a newer Release took its place is told by the newer one. */
  #isReplaced({ metadata, spec }: Release): boolean {
    const current = currentReleases(spec.webspace, this.#caches.releases.values()).get(spec.branch)
    return current !== undefined && current.metadata.name !== metadata.name
  }
}

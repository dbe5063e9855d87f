import type { ResourceCaches } from '../cache/resource-caches.ts'
import type { Builder } from '../contracts/builder.ts'
import type { IncomingPush, PushIo } from '../contracts/push.ts'
import type { Runtime } from '../contracts/runtime.ts'
import { coreError } from '../errors/catalogue.ts'
import type { PlatformConfig, PushLimits } from '../plugin/config.ts'
import { inject, injectable } from '../plugin/injection.ts'
import { BUILDER, CONFIG, PUSH_TIMER, RESOURCE_CACHES, RUNTIMES } from '../plugin/tokens.ts'
import type { Webspace } from '../resources/webspace.ts'
import { buildInput, buildKeyOf, type BuildInput } from './build-input.ts'
import { BuildQueue, type QueueCounts } from './build-queue.ts'
import { ImagesInFlight, type ImageHold } from './images-in-flight.ts'
import type { PushOptions } from './options.ts'
import type { PushTimer } from './push-timer.ts'
import { checkSource } from './source-checks.ts'
import type { BranchUpdate } from './updates.ts'

export interface ImageRequest {
  readonly push: IncomingPush
  readonly update: BranchUpdate
  readonly webspace: Webspace
  readonly options: PushOptions
}

/** The image of one branch of a push, and what a Release says of it. */
export interface BranchImage {
  readonly update: BranchUpdate
  readonly image: string
  readonly buildKey: string
  readonly port: number
  readonly healthPath: string
  /** First line of the commit's message. */
  readonly subject: string
  /** To be told of the Release that names the image, or that there will be none. */
  readonly hold: ImageHold
}

/** Comes to the image of a pushed commit: one that is there already, or a new one from the builder. */
@injectable()
export class Images {
  readonly inFlight: ImagesInFlight
  readonly #builder: Builder
  readonly #runtimes: readonly Runtime[]
  readonly #caches: ResourceCaches
  readonly #limits: PushLimits
  readonly #queue: BuildQueue
  readonly #timer: PushTimer

  constructor(
    @inject(BUILDER) builder: Builder,
    @inject(RUNTIMES) runtimes: readonly Runtime[],
    @inject(RESOURCE_CACHES) caches: ResourceCaches,
    @inject(CONFIG) config: PlatformConfig,
    @inject(PUSH_TIMER) timer: PushTimer,
  ) {
    this.inFlight = new ImagesInFlight(caches)
    this.#builder = builder
    this.#runtimes = runtimes
    this.#caches = caches
    this.#limits = config.push
    this.#queue = new BuildQueue(config.push, timer)
    this.#timer = timer
  }

  /** Builds that wait and that run, over all customers. */
  get builds(): QueueCounts {
    return this.#queue.counts
  }

  /** @throws WS_PUSH_…, WS_RUNTIME_UNKNOWN, WS_TEMPLATE_…, WS_BUILD…, the signal's reason */
  async make(request: ImageRequest, io: PushIo): Promise<BranchImage> {
    const { push, update } = request
    const facts = await push.repository.commit(update.commit)
    io.log(`-----> ${update.branch} at ${update.commit.slice(0, 10)}: ${facts.subject}`)
    const input = await this.#timer.time('inspect', () => this.#inspect(request))
    for (const note of input.notes) io.log(`       ${note}`)
    const buildKey = buildKeyOf(facts.tree, input)
    const { port, healthPath } = input
    const hold = this.inFlight.hold(push.webspace)
    try {
      const image = await this.#find(request, input, buildKey, io)
      hold.given(image)
      return { update, image, buildKey, port, healthPath, subject: facts.subject.slice(0, 1000), hold }
    } catch (error) {
      hold.drop()
      throw error
    }
  }

  async #inspect({ push, update, webspace }: ImageRequest): Promise<BuildInput> {
    const tree = await push.repository.tree(update.commit, this.#limits.maxFiles)
    await checkSource(tree, update.branch, this.#limits)
    const runtime = this.#caches.runtimes.get(webspace.spec.runtime)
    if (runtime === undefined) {
      throw coreError('WS_RUNTIME_UNKNOWN', `webspace ${push.webspace} names the runtime ${webspace.spec.runtime}`, {
        remedy: 'Apply a Runtime of this name, or change spec.runtime of the Webspace.',
      })
    }
    const input = await buildInput(tree, runtime, this.#runtimes, webspace.spec.customer)
    if (input.plan === undefined && !this.#builder.buildsDockerfiles) {
      throw coreError('WS_PUSH_DOCKERFILE', `${update.branch} would be built from a Dockerfile`)
    }
    return input
  }

  async #find(request: ImageRequest, input: BuildInput, buildKey: string, io: PushIo): Promise<string> {
    const { push, options } = request
    const known = options.rebuild || options.noCache ? undefined : await this.#lookUp(buildKey, push.webspace)
    if (known !== undefined) io.log('       This tree has been built before: its image is used again')
    return known ?? (await this.#build(request, input, buildKey, io))
  }

  #lookUp(buildKey: string, webspace: string): Promise<string | undefined> {
    return this.#timer.time(
      'lookup',
      () => this.#builder.has(buildKey, webspace),
      (image) => (image === undefined ? 'miss' : 'hit'),
    )
  }

  async #build(request: ImageRequest, input: BuildInput, buildKey: string, io: PushIo): Promise<string> {
    const { push, update, webspace, options } = request
    const { maxTreeBytes, buildTimeMs, buildOutputBytes, buildMemoryBytes } = this.#limits
    const { customer } = webspace.spec
    const moved = (place: number): void => io.log(`       Waiting for a place to build: number ${place} in the queue`)
    const { image } = await this.#queue.run(customer, io.signal, moved, () =>
      this.#builder.build(
        {
          id: push.id,
          webspace: push.webspace,
          customer,
          branch: update.branch,
          commit: update.commit,
          buildKey,
          dockerfile: input.dockerfile,
          ...(input.plan === undefined ? {} : { plan: input.plan }),
          source: () => push.repository.archive(update.commit, io.signal),
          noCache: options.noCache,
          limits: {
            timeMs: buildTimeMs,
            contextBytes: maxTreeBytes,
            outputBytes: buildOutputBytes,
            ...(buildMemoryBytes === undefined ? {} : { memoryBytes: buildMemoryBytes }),
          },
        },
        { signal: io.signal, log: (line) => io.log(`       ${line}`) },
      ),
    )
    return image
  }
}

import { randomUUID } from 'node:crypto'
import {
  BuildGuard,
  type Builder,
  type BuildIo,
  type BuildRequest,
  type BuildResult,
  type Clock,
  type Logger,
  type PrunePolicy,
  type PruneResult,
} from '@webspaces/core'
import type { BuildOnDaemon, BuildSettings } from './build/build-on-daemon.ts'
import { readDockerIgnore } from './build/context.ts'
import { checkFrontend } from './build/dockerfile.ts'
import { runBuild } from './build/run-build.ts'
import { checkDaemon } from './daemon/connection.ts'
import { Daemon } from './daemon/daemon.ts'
import { DaemonLost, unavailable } from './daemon/daemon-lost.ts'
import { Daemons } from './daemon/daemons.ts'
import { dockerError } from './errors.ts'
import type { DockerBuilderOptions } from './options.ts'
import { NOTE_USE_MS, prune } from './prune/prune.ts'
import { pushImage } from './registry/push-image.ts'
import { Registry } from './registry/registry.ts'
import { formatTag, keyDigest, parseTag, type BuildTag } from './registry/tag.ts'
import { Turns } from './registry/turns.ts'

export interface DockerBuilderParts extends DockerBuilderOptions {
  readonly clock: Clock
  readonly logger: Logger
}

const REMOVE_MS = 10_000
/** How often an image is pushed that is removed meanwhile. */
const PUSHES = 3

/** Builds on Docker daemons, and keeps the images in a registry. */
export class DockerBuilder implements Builder {
  readonly buildsDockerfiles = true
  readonly #parts: DockerBuilderParts
  readonly #daemons: Daemons
  readonly #registry: Registry
  readonly #settings: BuildSettings
  readonly #turns = new Turns()

  /** @throws WS_DOCKER_OPTIONS */
  constructor(parts: DockerBuilderParts) {
    if (parts.daemons.length === 0) throw dockerError('WS_DOCKER_OPTIONS', 'daemons is empty')
    parts.daemons.forEach(checkDaemon)
    this.#parts = parts
    this.#registry = new Registry(parts.registry)
    this.#daemons = new Daemons(
      parts.daemons.map((options) => new Daemon(options)),
      parts.clock,
      parts.logger,
    )
    this.#settings = { buildArgs: parts.buildArgs ?? {}, pull: parts.pull ?? false, network: parts.network }
  }

  async has(buildKey: string, webspace: string): Promise<string | undefined> {
    // Each request to the registry has a limit of its own.
    const { signal } = new AbortController()
    const repository = this.#registry.repository(webspace)
    const key = keyDigest(buildKey, this.#settings.buildArgs)
    const known = (await this.#registry.tags(repository, signal))
      .flatMap((tag) => parseTag(tag) ?? [])
      .filter((tag) => tag.key === key)
      .sort((a, b) => b.usedAt - a.usedAt)
    for (const tag of known) {
      const digest = await this.#registry.digest(repository, formatTag(tag), signal)
      if (digest === undefined || !(await this.#take(repository, digest, tag, signal))) continue
      return `${this.#registry.nameOf(repository)}@${digest}`
    }
    return undefined
  }

  async build(request: BuildRequest, io: BuildIo): Promise<BuildResult> {
    io.signal.throwIfAborted()
    const guard = new BuildGuard(io, request.limits, this.#parts.clock)
    try {
      checkFrontend(request.dockerfile)
      await this.#registry.check(guard.signal)
      return { image: await this.#buildSomewhere(request, guard) }
    } catch (error) {
      guard.signal.throwIfAborted()
      throw error
    } finally {
      guard.end()
    }
  }

  async prune(policy: PrunePolicy, signal: AbortSignal): Promise<PruneResult> {
    const { clock, logger, retain, buildCacheBytes } = this.#parts
    const own = { daemons: this.#daemons, registry: this.#registry, turns: this.#turns }
    return await prune({ ...own, clock, logger, retain, buildCacheBytes }, policy, signal)
  }

  /** On the Webspace's own daemon, or on the next one where that is away or goes away. */
  async #buildSomewhere(request: BuildRequest, io: BuildIo): Promise<string> {
    // A Runtime's template is made for the whole tree; a .dockerignore belongs to the Dockerfile beside it.
    const ignore = request.plan === undefined ? await readDockerIgnore(request.source, io.signal) : undefined
    const repository = this.#registry.repository(request.webspace)
    const name = this.#registry.nameOf(repository)
    // Of this build alone, and young for as long as it can take: until the image is pushed nobody prunes it.
    const usedAt = this.#parts.clock.now() + request.limits.timeMs
    const tag = `${name}:${formatTag({ key: keyDigest(randomUUID(), {}), usedAt })}`
    const lost: DaemonLost[] = []
    for await (const daemon of this.#daemons.reachable(request.webspace, lost, io.signal)) {
      try {
        const kind = daemon.builderFor(request.limits)
        const build = { request, settings: this.#settings, ignore, tag, kind }
        return `${name}@${await this.#buildAndPush(daemon, build, repository, io)}`
      } catch (error) {
        io.signal.throwIfAborted()
        if (!(error instanceof DaemonLost)) throw error
        this.#daemons.markLost(daemon, error)
        lost.push(error)
        io.log('The build was cut off from its Docker daemon')
      }
    }
    throw unavailable(lost)
  }

  async #buildAndPush(daemon: Daemon, build: BuildOnDaemon, repository: string, io: BuildIo): Promise<string> {
    const { clock, logger } = this.#parts
    const { id: push, webspace } = build.request
    logger.info('build started', { push, webspace, daemon: daemon.url, builder: build.kind })
    try {
      const id = await runBuild(daemon, build, io, clock)
      io.log('Pushing the image to the registry')
      const digest = await this.#push(daemon, id, build.request, repository, io)
      logger.info('image pushed', { push, webspace, daemon: daemon.url, id, digest })
      await this.#untag(daemon, build.tag)
      return digest
    } catch (error) {
      if (!(error instanceof DaemonLost)) await this.#untag(daemon, build.tag)
      throw error
    }
  }

  /**
   * The tag says when: from then on the image is young. An equal one that is old may be in the registry, and be removed
   * just now, this one with it.
   */
  async #push(daemon: Daemon, id: string, request: BuildRequest, repository: string, io: BuildIo): Promise<string> {
    const name = this.#registry.nameOf(repository)
    const key = keyDigest(request.buildKey, this.#settings.buildArgs)
    for (let pushes = 0; pushes < PUSHES; pushes += 1) {
      const tag = { key, usedAt: this.#parts.clock.now() }
      const image = { name, tag: formatTag(tag) }
      try {
        const digest = await pushImage(daemon, id, image, await this.#registry.credentials(), io)
        if (await this.#take(repository, digest, tag, io.signal)) return digest
      } catch (error) {
        // An image that is not in the registry is none.
        if (!(error instanceof DaemonLost)) await this.#untag(daemon, `${name}:${image.tag}`)
        throw error
      }
    }
    throw dockerError('WS_REGISTRY_UNAVAILABLE', `${name} was pushed, and is not in the registry`)
  }

  /** Removes the image with its last tag. */
  async #untag(daemon: Daemon, tag: string): Promise<void> {
    const abortSignal = AbortSignal.timeout(REMOVE_MS)
    // Of a build that failed it is not there. Where the daemon does not answer, pruning finds it later.
    await daemon.client
      .getImage(tag)
      .remove({ abortSignal })
      .catch(() => undefined)
  }

  /** Gives an image to a push: notes the use. False where the image is gone by now. */
  #take(repository: string, digest: string, { key, usedAt }: BuildTag, signal: AbortSignal): Promise<boolean> {
    return this.#turns.take(repository, async () => {
      const manifest = await this.#registry.manifest(repository, digest, signal)
      if (manifest === undefined) return false
      const now = this.#parts.clock.now()
      if (now - usedAt > NOTE_USE_MS) {
        await this.#registry.tag(repository, formatTag({ key, usedAt: now }), manifest, signal)
      }
      return true
    })
  }
}

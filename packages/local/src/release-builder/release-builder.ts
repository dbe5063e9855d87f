import { createHash } from 'node:crypto'
import { renameSync } from 'node:fs'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import {
  BuildGuard,
  coreError,
  Mutex,
  WebspacesError,
  type Builder,
  type BuildIo,
  type BuildRequest,
  type BuildResult,
  type Clock,
  type Logger,
  type NewId,
  type Plan,
  type PrunePolicy,
  type PruneResult,
} from '@webspaces/core'
import { folderBytes } from '../images/folder-size.ts'
import type { ImageStore } from '../images/image-store.ts'
import { imageReference, type Image } from '../images/image.ts'
import { platformTag } from '../process/leftovers.ts'
import { spawnGroup } from '../process/spawn-group.ts'
import { buildEnvironment } from './build-environment.ts'
import { isCached, StepCache } from './step-cache.ts'
import { findTools, programPath } from './toolchain.ts'
import { unpack } from './unpack.ts'

/** Bytes of one customer's package caches, over which they are emptied. */
const MAX_PACKAGE_CACHE_BYTES = 2 * 1024 ** 3

export interface ReleaseBuilderOptions {
  /** The platform's folder. */
  readonly dir: string
  readonly images: ImageStore
  readonly newId: NewId
  readonly logger: Logger
  readonly clock: Clock
  /** What builds need to know of this machine's network: a package registry, a proxy. Every build sees it. */
  readonly env?: Readonly<Record<string, string>>
}

/**
 * Builds without images: the pushed files in a folder of their own, and the plan's steps run there as child processes
 * of the platform's user. There is no isolation but an empty environment and private folders, and no memory limit.
 */
export class ReleaseBuilder implements Builder {
  readonly buildsDockerfiles = false
  readonly #options: ReleaseBuilderOptions
  readonly #packages: string
  readonly #steps: StepCache
  readonly #path = programPath()
  #running = 0
  /** When a push asked for an image that it may be about to name. */
  readonly #used = new Map<string, number>()
  /** Looking an image up and removing one take turns: what is given to a push is not on its way out. */
  readonly #turns = new Mutex()

  constructor(options: ReleaseBuilderOptions) {
    this.#options = options
    this.#packages = join(options.dir, 'cache', 'packages')
    this.#steps = new StepCache(options.dir)
  }

  has(buildKey: string): Promise<string | undefined> {
    return this.#turns.run(async () => {
      const image = await this.#options.images.has(buildKey)
      if (image !== undefined) this.#used.set(image, this.#options.clock.now())
      return image
    })
  }

  async build(request: BuildRequest, io: BuildIo): Promise<BuildResult> {
    const { plan } = request
    if (plan === undefined) throw coreError('WS_PUSH_DOCKERFILE', 'a Dockerfile cannot be built on this machine')
    io.signal.throwIfAborted()
    const guard = new BuildGuard(io, request.limits, this.#options.clock)
    this.#running++
    const scratch = await this.#options.images.scratch('build')
    try {
      const app = join(scratch, 'app')
      await mkdir(app)
      await unpack(request.source(), app, request.limits.contextBytes, guard.signal)
      await addFiles(plan, app)
      await this.#runSteps(request, plan, scratch, guard)
      guard.signal.throwIfAborted()
      return { image: await this.#keep(request, plan, scratch) }
    } catch (error) {
      if (guard.signal.aborted) throw guard.signal.reason
      if (error instanceof WebspacesError) throw error
      this.#options.logger.error('build could not be done', { push: request.id, error })
      throw coreError('WS_BUILDER_UNAVAILABLE', 'the builder could not do its work on this machine', { cause: error })
    } finally {
      guard.end()
      this.#running--
      await rm(scratch, { recursive: true, force: true })
    }
  }

  async #runSteps(request: BuildRequest, plan: Plan, scratch: string, io: BuildIo): Promise<void> {
    const app = join(scratch, 'app')
    const tools = await findTools(plan.tools, this.#path, io.signal)
    for (const note of tools.notes) io.log(note)
    const packages = join(this.#packages, request.customer)
    const env = await buildEnvironment({ plan, path: this.#path, scratch, packages, extra: this.#options.env ?? {} })
    const context = [request.customer, tools.identity, JSON.stringify(plan.env)]
    for (const [index, step] of plan.steps.entries()) {
      const title = `Step ${index + 1}/${plan.steps.length}: ${step.title}`
      const key = isCached(step) && !request.noCache ? await this.#steps.key(step, app, context) : undefined
      if (isCached(step) && key !== undefined && (await this.#steps.restore(key, step, app, io.signal))) {
        io.log(`${title} (unchanged, taken from the cache)`)
        continue
      }
      io.log(title)
      await this.#run(step.run, step.title, app, env, io)
      if (isCached(step) && key !== undefined) {
        await this.#steps.save(key, step, app, join(scratch, `step-${index}`), io.signal)
      }
    }
  }

  async #run(command: string, title: string, app: string, env: Record<string, string>, io: BuildIo): Promise<void> {
    const group = await spawnGroup({
      command,
      cwd: app,
      env,
      tag: platformTag(this.#options.dir),
      onLine: io.log,
      signal: io.signal,
    })
    const { code, signal } = await group.exited
    io.signal.throwIfAborted()
    if (code === 0) return
    const end = signal === null ? `exited with code ${code}` : `was ended by ${signal}`
    throw coreError('WS_BUILD_FAILED', `${title} failed: \`${command}\` ${end}`)
  }

  async #keep(request: BuildRequest, plan: Plan, scratch: string): Promise<string> {
    const digest = createHash('sha256').update(`${request.buildKey}\0${this.#options.newId()}`).digest('hex')
    const image = imageReference(request.webspace, digest)
    await this.#options.images.add(
      {
        version: 1,
        image,
        buildKey: request.buildKey,
        webspace: request.webspace,
        start: plan.start,
        env: plan.env,
        port: plan.port,
        created: new Date(this.#options.clock.now()).toISOString(),
      },
      scratch,
    )
    return image
  }

  /**
   * Looks at the images of all Webspaces in any case: they are known, and a Release may name one that another Webspace's
   * push made. The package caches are only measured where everything is to be looked at.
   */
  async prune(policy: PrunePolicy, signal: AbortSignal): Promise<PruneResult> {
    const { images } = this.#options
    const left = new Set<string>()
    let removed = 0
    let bytes = 0
    for (const image of await images.list()) {
      signal.throwIfAborted()
      if (policy.keep.has(image.image)) continue
      const freed = await this.#turns.run(() => this.#removeIfUnused(image, policy.graceMs))
      if (freed === undefined) left.add(image.webspace)
      else removed++
      bytes += freed ?? 0
    }
    if (policy.webspaces === undefined) bytes += await this.#prunePackages(signal)
    return { removed, bytes, left }
  }

  /** @returns bytes, or undefined if it stays */
  async #removeIfUnused({ image, created }: Image, graceMs: number): Promise<number | undefined> {
    const { images, clock } = this.#options
    const usedAt = Math.max(Date.parse(created), this.#used.get(image) ?? 0)
    if (images.isUsed(image) || clock.now() - usedAt < graceMs) return undefined
    this.#used.delete(image)
    return await images.remove(image)
  }

  /** Package managers never shrink their caches. They are left alone while a build may be using one. */
  async #prunePackages(signal: AbortSignal): Promise<number> {
    let freed = 0
    for (const customer of await readdir(this.#packages).catch(() => [])) {
      signal.throwIfAborted()
      const cache = join(this.#packages, customer)
      const bytes = await folderBytes(cache)
      if (bytes <= MAX_PACKAGE_CACHE_BYTES) continue
      const scratch = await this.#options.images.scratch('removed')
      if (this.#running === 0) {
        renameSync(cache, join(scratch, customer)) // at once: no build can begin between the look and the move
        freed += bytes
      }
      await rm(scratch, { recursive: true, force: true })
    }
    return freed
  }
}

/** What the runtime adds to the tree; a file that was pushed is never replaced. */
async function addFiles(plan: Plan, app: string): Promise<void> {
  for (const [path, content] of Object.entries(plan.files)) {
    const target = join(app, path)
    await mkdir(dirname(target), { recursive: true })
    await writeFile(target, content, { flag: 'wx' }).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    })
  }
}

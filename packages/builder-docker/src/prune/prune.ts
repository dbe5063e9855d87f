import type { Clock, Logger, PrunePolicy, PruneResult } from '@webspaces/core'
import type { Daemon } from '../daemon/daemon.ts'
import type { Daemons } from '../daemon/daemons.ts'
import type { Retention } from '../options.ts'
import type { Registry } from '../registry/registry.ts'
import type { Turns } from '../registry/turns.ts'
import { imagesOn, removeImage, type DaemonImage } from './daemon-images.ts'
import { imagesIn, isUsedSince, sizeIfOurs, type RegistryImage } from './registry-images.ts'
import { selectRemovals, type PrunableImage, type PruneRules, type Selection } from './selection.ts'

/**
 * A use is noted in the registry if the last note is older than this, so that an image does not gather tags without end.
 * What was used a moment ago may therefore look as much older, and pruning adds this to the grace time.
 */
export const NOTE_USE_MS = 10_000
/** A registry that fails for so many repositories is left alone until the next time. */
const MOST_FAILURES = 10

export interface PruneParts {
  readonly daemons: Daemons
  readonly registry: Registry
  readonly turns: Turns
  readonly clock: Clock
  readonly logger: Logger
  readonly retain: Retention | undefined
  readonly buildCacheBytes: number | undefined
}

/**
 * Removes the images that nothing can need any more, from the registry and from the daemons.
 *
 * The daemons are looked at first: an image that a container is made from stays everywhere. A daemon that is away now
 * has its turn next time. What goes wrong with one repository keeps no other from its turn, nor the daemons.
 *
 * A push is not given an image that is gone a moment later, as:
 * - a tag says when an image was used: when it was pushed, or asked for again (at most NOTE_USE_MS before that);
 * - right before an image is removed its tags are read once more, in turn with pushes that ask for it;
 * - what was removed between its push and the end of its build is pushed again.
 *
 * @throws when all the rest is done, the first error of the registry
 */
export async function prune(parts: PruneParts, policy: PrunePolicy, signal: AbortSignal): Promise<PruneResult> {
  const { registry, clock } = parts
  const isAsked = ({ webspace }: PrunableImage): boolean => policy.webspaces?.has(webspace) ?? true
  const youngest = clock.now() - policy.graceMs - (policy.graceMs === 0 ? 0 : NOTE_USE_MS)
  const rules: PruneRules = { keep: policy.keep, youngest, retain: parts.retain }
  const run: PruneRun = {
    ...parts,
    youngest,
    signal,
    removed: new Set(),
    left: new Set(),
    failures: new Map(),
    bytes: 0,
  }

  const stock = await takeStock(parts, signal)
  const onDaemons = stock.flatMap(({ images }) => images)
  const used = new Set(onDaemons.filter(({ inUse }) => inUse).flatMap(({ references }) => references))
  const isUsed = ({ references }: PrunableImage): boolean => references.some((reference) => used.has(reference))

  const inRegistry: RegistryImage[] = []
  for (const repository of await repositories(run, policy, onDaemons)) {
    await inTurn(run, repository, async () => void inRegistry.push(...(await imagesIn(registry, repository, signal))))
  }
  await pruneRegistry(run, selectRemovals(withUse(inRegistry, isUsed), rules))

  const usedAt = new Map(inRegistry.flatMap((image) => image.references.map((reference) => [reference, image.usedAt])))
  for (const { daemon, images } of stock) {
    const known = images.filter(isAsked).map((image) => ({ ...image, usedAt: lastUse(image, usedAt) }))
    await pruneDaemon(run, daemon, selectRemovals(withUse(known, isUsed), rules))
    if (policy.webspaces === undefined) await pruneBuildCache(run, daemon)
  }
  const { removed, bytes, left, failures } = run
  const [failure] = failures.values()
  if (failure !== undefined) throw failure
  return { removed: removed.size, bytes, left }
}

/** What one prune knows, and what it has come to. */
interface PruneRun extends PruneParts {
  readonly youngest: number
  readonly signal: AbortSignal
  readonly removed: Set<string>
  /** Webspaces. */
  readonly left: Set<string>
  /** By repository; that of the catalog has no name. */
  readonly failures: Map<string, Error>
  bytes: number
}

interface Stock {
  readonly daemon: Daemon
  readonly images: readonly DaemonImage[]
}

function withUse<T extends PrunableImage>(images: readonly T[], isUsed: (image: T) => boolean): T[] {
  return images.map((image) => ({ ...image, inUse: image.inUse || isUsed(image) }))
}

async function takeStock({ daemons, registry, logger }: PruneParts, signal: AbortSignal): Promise<Stock[]> {
  const stock: Stock[] = []
  for (const daemon of daemons.all) {
    try {
      await daemon.ping(signal)
      stock.push({ daemon, images: await imagesOn(daemon, registry, signal) })
    } catch (error) {
      signal.throwIfAborted()
      logger.warn('docker daemon not pruned', { daemon: daemon.url, error })
    }
  }
  return stock
}

/** All that may hold images of ours: also those of Webspaces that are gone, as far as anyone remembers them. */
async function repositories(
  run: PruneRun,
  { keep, webspaces }: PrunePolicy,
  onDaemons: readonly DaemonImage[],
): Promise<Set<string>> {
  const { registry, signal } = run
  if (webspaces !== undefined) return new Set([...webspaces].map((webspace) => registry.repository(webspace)))
  const host = `${registry.address.host}/`
  const named = [...keep, ...onDaemons.flatMap(({ references }) => references)]
    .filter((image) => image.startsWith(host + registry.address.prefix))
    .map((image) => image.slice(host.length).replace(/@.*$/, ''))
  const all = new Set(named)
  await inTurn(run, '', async () => (await registry.repositories(signal))?.forEach((name) => all.add(name)))
  // A Webspace's name has no slash: what has one belongs to somebody else.
  return new Set([...all].filter((repository) => !repository.slice(registry.address.prefix.length).includes('/')))
}

async function pruneRegistry(run: PruneRun, { removals, left }: Selection<RegistryImage>): Promise<void> {
  for (const { webspace } of left) run.left.add(webspace)
  const { registry, logger } = run
  const fixed = new Set<string>()
  for (const image of removals) {
    if (fixed.has(image.repository)) continue
    await inTurn(run, image.repository, async () => {
      if ((await removeFromRegistry(run, image)) === 'not allowed') fixed.add(image.repository)
    })
  }
  if (fixed.size === 0) return
  const repositories = fixed.size
  logger.info('images kept in registry that allows no deletion', { registry: registry.address.endpoint, repositories })
}

async function removeFromRegistry(run: PruneRun, image: RegistryImage): Promise<'not ours' | End> {
  const { registry, turns, youngest, signal } = run
  const size = await sizeIfOurs(registry, image, signal)
  if (size === undefined) return 'not ours'
  const end = await turns.take(image.repository, async (): Promise<End> => {
    if (await isUsedSince(registry, image, youngest, signal)) return 'used'
    return (await registry.delete(image.repository, image.digest, signal)) ? 'removed' : 'not allowed'
  })
  if (end === 'used') run.left.add(image.webspace)
  if (end === 'removed') {
    run.bytes += size
    for (const reference of image.references) run.removed.add(reference)
  }
  return end
}

type End = 'used' | 'removed' | 'not allowed'

/** Notes an error instead of throwing it; a repository that had one has no further turn. */
async function inTurn({ failures, signal }: PruneRun, repository: string, work: () => Promise<void>): Promise<void> {
  if (failures.has(repository) || failures.size >= MOST_FAILURES) return
  try {
    await work()
  } catch (error) {
    signal.throwIfAborted()
    failures.set(repository, error as Error)
  }
}

async function pruneDaemon(run: PruneRun, daemon: Daemon, { removals, left }: Selection<DaemonImage>): Promise<void> {
  for (const { webspace } of left) run.left.add(webspace)
  try {
    for (const image of removals) {
      if (await removeImage(daemon, image, run.signal)) {
        run.bytes += image.bytes
        run.removed.add(image.references[0] ?? image.id)
      } else run.left.add(image.webspace)
    }
  } catch (error) {
    notPruned(run, daemon, error)
  }
}

/** Not by dockerode's `pruneBuilder`, which drops its options: it would remove all of the cache. */
async function pruneBuildCache(run: PruneRun, daemon: Daemon): Promise<void> {
  const { buildCacheBytes, signal: abortSignal } = run
  if (buildCacheBytes === undefined || !daemon.hasBuildKit) return
  // The second is its name since API 1.48; a daemon passes over the one that it does not know.
  const options = { 'keep-storage': buildCacheBytes, 'reserved-space': buildCacheBytes, all: true }
  const request = { method: 'POST', path: '/build/prune?', options, statusCodes: { 200: true }, abortSignal } as const
  try {
    run.bytes += (await daemon.dial<{ readonly SpaceReclaimed?: number }>(request)).SpaceReclaimed ?? 0
  } catch (error) {
    notPruned(run, daemon, error)
  }
}

function notPruned({ logger, signal }: PruneRun, daemon: Daemon, error: unknown): void {
  signal.throwIfAborted()
  logger.warn('docker daemon not pruned', { daemon: daemon.url, error })
}

function lastUse(image: DaemonImage, inRegistry: ReadonlyMap<string, number>): number {
  return Math.max(image.usedAt, ...image.references.map((reference) => inRegistry.get(reference) ?? 0))
}

import type { Clock, Logger, PrunePolicy, PruneResult } from '@webspaces/core'
import type { Daemon } from '../daemon/daemon.ts'
import type { Daemons } from '../daemon/daemons.ts'
import type { Retention } from '../options.ts'
import type { Registry } from '../registry/registry.ts'
import { imagesOn, removeImage, type DaemonImage } from './daemon-images.ts'
import { imagesIn, sizeIfOurs, type RegistryImage } from './registry-images.ts'
import { selectRemovals, type PruneRules } from './selection.ts'

/** A use is noted in the registry at most this often, so that an image does not gather tags without end. */
export const NOTE_USE_MS = 60_000

export interface PruneParts {
  readonly daemons: Daemons
  readonly registry: Registry
  readonly clock: Clock
  readonly logger: Logger
  readonly retain: Retention | undefined
  readonly buildCacheBytes: number | undefined
}

/**
 * Removes the images that nothing can need any more, from the registry and from the daemons.
 *
 * The daemons are looked at first: an image that a container is made from stays everywhere. A daemon that is away now
 * has its turn next time.
 */
export async function prune(parts: PruneParts, policy: PrunePolicy, signal: AbortSignal): Promise<PruneResult> {
  const { registry, clock } = parts
  const stock = await takeStock(parts, signal)
  const onDaemons = stock.flatMap(({ images }) => images)
  const inRegistry: RegistryImage[] = []
  for (const repository of await repositories(registry, policy.keep, onDaemons, signal)) {
    inRegistry.push(...(await imagesIn(registry, repository, signal)))
  }
  const slack = Math.min(NOTE_USE_MS, policy.graceMs)
  const rules: PruneRules = {
    keep: new Set([...policy.keep, ...onDaemons.filter(({ inUse }) => inUse).flatMap(({ references }) => references)]),
    youngest: clock.now() - policy.graceMs - slack,
    retain: parts.retain,
  }
  const removed = new Set<string>()
  let bytes = await pruneRegistry(parts, selectRemovals(inRegistry, rules), removed, signal)
  const usedAt = new Map(inRegistry.flatMap((image) => image.references.map((reference) => [reference, image.usedAt])))
  for (const { daemon, images } of stock) {
    const known = images.map((image) => ({ ...image, usedAt: lastUse(image, usedAt) }))
    bytes += await pruneDaemon(parts, daemon, selectRemovals(known, rules), removed, signal)
  }
  return { removed: removed.size, bytes }
}

interface Stock {
  readonly daemon: Daemon
  readonly images: readonly DaemonImage[]
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
  registry: Registry,
  keep: ReadonlySet<string>,
  onDaemons: readonly DaemonImage[],
  signal: AbortSignal,
): Promise<Set<string>> {
  const host = `${registry.address.host}/`
  const named = [...keep, ...onDaemons.flatMap(({ references }) => references)]
    .filter((image) => image.startsWith(host + registry.address.prefix))
    .map((image) => image.slice(host.length).replace(/@.*$/, ''))
  const all = new Set([...named, ...((await registry.repositories(signal)) ?? [])])
  // A Webspace's name has no slash: what has one belongs to somebody else.
  return new Set([...all].filter((repository) => !repository.slice(registry.address.prefix.length).includes('/')))
}

async function pruneRegistry(
  { registry, logger }: PruneParts,
  removals: readonly RegistryImage[],
  removed: Set<string>,
  signal: AbortSignal,
): Promise<number> {
  let bytes = 0
  for (const image of removals) {
    const size = await sizeIfOurs(registry, image, signal)
    if (size === undefined) continue
    if (!(await registry.delete(image.repository, image.digest, signal))) {
      logger.info('images kept in registry that allows no deletion', { registry: registry.address.endpoint })
      return bytes
    }
    bytes += size
    for (const reference of image.references) removed.add(reference)
  }
  return bytes
}

async function pruneDaemon(
  { logger, buildCacheBytes }: PruneParts,
  daemon: Daemon,
  removals: readonly DaemonImage[],
  removed: Set<string>,
  signal: AbortSignal,
): Promise<number> {
  let bytes = 0
  try {
    for (const image of removals) {
      if (image.inUse || !(await removeImage(daemon, image, signal))) continue
      bytes += image.bytes
      removed.add(image.references[0] ?? image.id)
    }
    if (buildCacheBytes !== undefined && daemon.kind === 'buildkit') {
      bytes += await pruneBuildCache(daemon, buildCacheBytes, signal)
    }
  } catch (error) {
    signal.throwIfAborted()
    logger.warn('docker daemon not pruned', { daemon: daemon.url, error })
  }
  return bytes
}

/** Not by dockerode's `pruneBuilder`, which drops its options: it would remove all of the cache. */
async function pruneBuildCache(daemon: Daemon, keepBytes: number, abortSignal: AbortSignal): Promise<number> {
  const options = { 'keep-storage': keepBytes, all: true }
  const request = { method: 'POST', path: '/build/prune?', options, statusCodes: { 200: true }, abortSignal } as const
  return (await daemon.dial<{ readonly SpaceReclaimed?: number }>(request)).SpaceReclaimed ?? 0
}

function lastUse(image: DaemonImage, inRegistry: ReadonlyMap<string, number>): number {
  return Math.max(image.usedAt, ...image.references.map((reference) => inRegistry.get(reference) ?? 0))
}

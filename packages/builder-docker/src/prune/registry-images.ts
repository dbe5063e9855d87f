import { Label, MANAGER } from '@webspaces/core'
import type { Registry } from '../registry/registry.ts'
import { parseTag } from '../registry/tag.ts'
import type { PrunableImage } from './selection.ts'

/** Requests to the registry at one time. */
const AT_ONCE = 8

export interface RegistryImage extends PrunableImage {
  readonly repository: string
  readonly digest: string
}

/**
 * The images of one repository that have tags of ours and no other. A tag that somebody else has put on an image is a
 * word for keeping it.
 */
export async function imagesIn(registry: Registry, repository: string, signal: AbortSignal): Promise<RegistryImage[]> {
  const webspace = repository.slice(registry.address.prefix.length)
  const tags = await registry.tags(repository, signal)
  const images = new Map<string, number>()
  const others = new Set<string>()
  await eachOf(tags, async (tag) => {
    const digest = await registry.digest(repository, tag, signal)
    if (digest === undefined) return
    const ours = parseTag(tag)
    if (ours === undefined) others.add(digest)
    else images.set(digest, Math.max(images.get(digest) ?? 0, ours.usedAt))
  })
  return [...images]
    .filter(([digest]) => !others.has(digest))
    .map(([digest, usedAt]) => {
      const references = [`${registry.nameOf(repository)}@${digest}`]
      return { webspace, repository, digest, usedAt, references, inUse: false, bytes: 0 }
    })
}

/** Whether an image has got a tag that says of a use at this time or later. */
export async function isUsedSince(
  registry: Registry,
  { repository, digest }: RegistryImage,
  time: number,
  signal: AbortSignal,
): Promise<boolean> {
  for (const tag of await registry.tags(repository, signal)) {
    if ((parseTag(tag)?.usedAt ?? 0) < time) continue
    if ((await registry.digest(repository, tag, signal)) === digest) return true
  }
  return false
}

/**
 * Bytes of an image whose labels say that this platform built it; undefined for any other. Layers that other images
 * share are counted with each.
 */
export async function sizeIfOurs(
  registry: Registry,
  { repository, digest }: RegistryImage,
  signal: AbortSignal,
): Promise<number | undefined> {
  const manifest = await registry.manifest(repository, digest, signal)
  if (manifest === undefined) return undefined
  const { config, layers = [] } = registry.parse(manifest.body) as {
    readonly config?: { readonly digest: string; readonly size: number }
    readonly layers?: readonly { readonly size: number }[]
  }
  if (config === undefined) return undefined
  const text = await registry.blob(repository, config.digest, signal)
  if (text === undefined) return undefined
  const labels = (
    registry.parse(text) as { readonly config?: { readonly Labels?: Readonly<Record<string, string>> | null } }
  ).config?.Labels
  if (labels?.[Label.managedBy] !== MANAGER || labels[Label.webspace] === undefined) return undefined
  return layers.reduce((sum, { size }) => sum + size, config.size)
}

async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = items.values()
  const worker = async (): Promise<void> => {
    for (const item of waiting) await work(item)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}

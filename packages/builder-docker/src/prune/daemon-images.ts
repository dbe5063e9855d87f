import { Label, MANAGER } from '@webspaces/core'
import type { ImageInfo } from 'dockerode'
import { statusOf, type Daemon } from '../daemon/daemon.ts'
import type { Registry } from '../registry/registry.ts'
import { parseTag } from '../registry/tag.ts'
import type { PrunableImage } from './selection.ts'

export interface DaemonImage extends PrunableImage {
  readonly id: string
  /** `repository:tag`s of ours. */
  readonly tags: readonly string[]
}

/**
 * The images on a daemon that this platform built: by label, and by name, as another platform may build on the same
 * daemon for another registry. In use is what a container there, running or not, is made from.
 */
export async function imagesOn(daemon: Daemon, registry: Registry, signal: AbortSignal): Promise<DaemonImage[]> {
  const label = `${Label.managedBy}=${MANAGER}`
  const [images, containers] = await Promise.all([
    daemon.client.listImages({ filters: { label: [label] }, abortSignal: signal }),
    daemon.client.listContainers({ all: true, abortSignal: signal }),
  ])
  const used = new Set(containers.map(({ ImageID }) => ImageID))
  return images.flatMap((image) => {
    const found = ours(image, registry)
    return found === undefined ? [] : [{ ...found, inUse: used.has(image.Id) }]
  })
}

function ours(image: ImageInfo, registry: Registry): Omit<DaemonImage, 'inUse'> | undefined {
  const webspace = image.Labels[Label.webspace]
  if (webspace === undefined) return undefined
  const name = registry.nameOf(registry.repository(webspace))
  // Of an image of Docker Hub a daemon does not say the host.
  const listed = name.replace(/^docker\.io\//, '')
  const tags = (image.RepoTags ?? []).filter((tag) => tag.startsWith(`${listed}:`))
  const references = (image.RepoDigests ?? [])
    .filter((digest) => digest.startsWith(`${listed}@`))
    .map((digest) => name + digest.slice(listed.length))
  if (tags.length === 0 && references.length === 0) return undefined
  const uses = tags.map((tag) => parseTag(tag.slice(listed.length + 1))?.usedAt ?? 0)
  return {
    id: image.Id,
    webspace,
    tags,
    references,
    usedAt: Math.max(image.Created * 1000, ...uses),
    bytes: image.SharedSize > 0 ? image.Size - image.SharedSize : image.Size,
  }
}

/** Not by force: the daemon itself refuses to remove what a container needs. False if it did. */
export async function removeImage(daemon: Daemon, image: DaemonImage, signal: AbortSignal): Promise<boolean> {
  const names = image.tags.length > 0 ? image.tags : [image.id]
  for (const name of names) {
    try {
      await daemon.client.getImage(name).remove({ abortSignal: signal })
    } catch (error) {
      if (statusOf(error) === 409) return false
      if (statusOf(error) !== 404) throw error
    }
  }
  return true
}

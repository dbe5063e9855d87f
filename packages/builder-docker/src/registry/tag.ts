import { createHash } from 'node:crypto'

/** What a tag of ours says of the image that it is on. */
export interface BuildTag {
  /** Digest of all that the image was built from. */
  readonly key: string
  /** When it was built, or asked for again. Milliseconds since the epoch, whole seconds. */
  readonly usedAt: number
}

const TAG = /^([0-9a-f]{40})-(\d{4})(\d\d)(\d\d)t(\d\d)(\d\d)(\d\d)z$/

/** Digest of a build key and the build arguments, which the key does not know of. */
export function keyDigest(buildKey: string, buildArgs: Readonly<Record<string, string>>): string {
  const args = Object.entries(buildArgs).sort(([a], [b]) => (a < b ? -1 : 1))
  return createHash('sha256')
    .update(JSON.stringify([buildKey, args]))
    .digest('hex')
    .slice(0, 40)
}

/**
 * `<key>-<time>`: with the tags alone a registry answers which image was built from what and when it was last used, also
 * to another process of the platform, and after the daemon that built it has gone.
 */
export function formatTag({ key, usedAt }: BuildTag): string {
  const time = new Date(usedAt).toISOString().replace(/[-:]|\.\d+/g, '')
  return `${key}-${time.toLowerCase()}`
}

export function parseTag(tag: string): BuildTag | undefined {
  const [, key, year, month, day, hour, minute, second] = TAG.exec(tag) ?? []
  if (key === undefined) return undefined
  const usedAt = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second))
  return { key, usedAt }
}

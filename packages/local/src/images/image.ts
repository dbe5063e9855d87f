import { z } from 'zod'
import { localError } from '../errors.ts'

const imageSchema = z.object({
  version: z.literal(1),
  /** `local/<webspace>@sha256:<64 hex>` */
  image: z.string(),
  buildKey: z.string(),
  webspace: z.string(),
  /** A shell command line, run in the image's folder. */
  start: z.string(),
  env: z.record(z.string(), z.string()),
  /** What the site listens on where nothing else gives it a PORT. */
  port: z.int(),
  /** RFC 3339. */
  created: z.string(),
})

/** What `image.json` holds, in the place of an OCI image's config. */
export type Image = z.output<typeof imageSchema>

/** Undefined if the text is not an image of this version. */
export function parseImage(text: string): Image | undefined {
  try {
    return imageSchema.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

const REFERENCE = /^local\/[a-z0-9][-a-z0-9]*@sha256:([0-9a-f]{64})$/

export function imageReference(webspace: string, digest: string): string {
  return `local/${webspace}@sha256:${digest}`
}

/**
 * The hex digest of a reference: the name of its folder.
 * @throws WS_LOCAL_IMAGE for a reference of another kind.
 */
export function digestOf(reference: string): string {
  const digest = REFERENCE.exec(reference)?.[1]
  if (digest === undefined) throw localError('WS_LOCAL_IMAGE', `${reference} is not an image of this machine`)
  return digest
}

import { createHash } from 'node:crypto'
import type { KubernetesObject } from '../resources/object.ts'
import { isJsonObject, type JsonObject, type JsonValue } from './json.ts'

/**
 * A resource version is `<count>-<digest>`: how often the object was changed, and a digest of what it was changed
 * to.
 *
 * - The count makes it new for every change, also for one back to an earlier state. It lives in the object, so that
 *   processes that share a storage need no counter beside it.
 * - The digest tells whether the content is what a Cluster wrote: a file that was edited by hand carries a version that
 *   does not fit it any more.
 */
export function nextResourceVersion(object: KubernetesObject, former: string | undefined): string {
  return `${countOf(former) + 1}-${contentDigest(object)}`
}

/** Whether the object is exactly what was written with its resource version. */
export function isAsWritten(object: KubernetesObject): boolean {
  const { resourceVersion } = object.metadata
  return resourceVersion !== undefined && resourceVersion === `${countOf(resourceVersion)}-${contentDigest(object)}`
}

function countOf(resourceVersion: string | undefined): number {
  const count = /^([0-9]{1,15})-/.exec(resourceVersion ?? '')?.[1]
  return count === undefined ? 0 : Number(count)
}

function contentDigest({ metadata, ...rest }: KubernetesObject): string {
  const { resourceVersion: _resourceVersion, ...identity } = metadata
  return createHash('sha256')
    .update(canonicalJson({ ...rest, metadata: identity } as unknown as JsonObject))
    .digest('hex')
    .slice(0, 12)
}

/** With keys in one order: theirs means nothing. */
function canonicalJson(value: JsonValue): string {
  if (Array.isArray(value)) return `[${(value as readonly JsonValue[]).map(canonicalJson).join()}]`
  if (!isJsonObject(value)) return JSON.stringify(value)
  const fields = Object.keys(value).sort()
  return `{${fields.map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key] ?? null)}`).join()}}`
}

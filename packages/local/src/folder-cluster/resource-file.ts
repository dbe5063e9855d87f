import { admit, keyString, WebspacesError, type KubernetesObject } from '@webspaces/core'
import { localError } from '../errors.ts'
import type { Place } from './object-files.ts'
import { parseObject, positionOf } from './object-yaml.ts'

export interface ResourceFile {
  /** As it stands in the file. */
  readonly content: KubernetesObject
  /** Checked, with defaults filled in. */
  readonly object: KubernetesObject
}

/** @throws a coded error that says where in the text the mistake is, as `line:column` in `details.position`. */
export function parseResourceFile({ kind, key }: Place, text: string): ResourceFile {
  const content = parseObject(text)
  try {
    const object = admit(kind, content)
    if (keyString(object.metadata) !== keyString(key)) {
      throw localError('WS_LOCAL_FILE_PLACE', `it holds ${object.kind} ${JSON.stringify(keyString(object.metadata))}`)
    }
    return { content: content as KubernetesObject, object }
  } catch (error) {
    if (!(error instanceof WebspacesError)) throw error
    const position = positionOf(text, error)
    if (position === undefined) throw error
    const details = { ...error.details, position }
    throw new WebspacesError(error.code, error.message, { remedy: error.remedy, details, cause: error })
  }
}

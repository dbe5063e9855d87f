import { coreError } from '../errors/catalogue.ts'

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject
export interface JsonObject {
  readonly [key: string]: JsonValue
}

/** What etcd takes of one object by default, rounded down. */
export const MAX_OBJECT_BYTES = 1024 * 1024
const MAX_DEPTH = 64

/**
 * A copy that is nothing but JSON: fields that are undefined are left out, as they would be on the wire.
 * @throws WS_INVALID for what JSON cannot hold, what cannot be stored as it is (half a surrogate pair), what is
 *   over the limits, and for the key `__proto__`, which no honest object has.
 */
export function plainJson(value: unknown): JsonValue {
  const text = stringify(value)
  if (text === undefined) throw coreError('WS_INVALID', 'the object is not plain data')
  if (text.length > MAX_OBJECT_BYTES || Buffer.byteLength(text) > MAX_OBJECT_BYTES) {
    throw coreError('WS_INVALID', `the object is larger than ${MAX_OBJECT_BYTES} bytes`)
  }
  const copy = JSON.parse(text) as JsonValue
  assertStorable(copy, '', 0)
  return copy
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Freezes a value through and through, so that handing it to many callers is safe. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const child of Object.values(value)) deepFreeze(child)
  return Object.freeze(value)
}

function stringify(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch (cause) {
    throw coreError('WS_INVALID', 'the object cannot be written as JSON: circular, too deep, or not plain data', {
      cause,
    })
  }
}

function assertStorable(value: JsonValue, path: string, depth: number): void {
  if (depth > MAX_DEPTH) throw refused(path, `is nested deeper than ${MAX_DEPTH} levels`)
  if (typeof value === 'string' && /\p{Surrogate}/u.test(value)) throw refused(path, 'is not well-formed Unicode')
  if (typeof value !== 'object' || value === null) return
  for (const [key, child] of Object.entries(value)) {
    if (key === '__proto__' || /\p{Surrogate}/u.test(key))
      throw refused(path, `must not have the key ${JSON.stringify(key)}`)
    assertStorable(child, Array.isArray(value) ? `${path}[${key}]` : `${path}${path && '.'}${key}`, depth + 1)
  }
}

function refused(path: string, problem: string): Error {
  const field = path.slice(0, 200)
  return coreError('WS_INVALID', `${field === '' ? 'the object' : field}: ${problem}`, { details: { fields: [field] } })
}

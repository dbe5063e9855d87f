import { isJsonObject, type JsonValue } from './json.ts'

/** A JSON merge patch, RFC 7386 §2: objects are merged, null removes, everything else replaces. */
export function mergePatch(target: JsonValue | undefined, patch: JsonValue): JsonValue {
  if (!isJsonObject(patch)) return patch
  const result = new Map<string, JsonValue>(isJsonObject(target) ? Object.entries(target) : [])
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) result.delete(key)
    else result.set(key, mergePatch(result.get(key), value))
  }
  // fromEntries defines properties and never assigns them: no key can reach a prototype.
  return Object.fromEntries(result)
}

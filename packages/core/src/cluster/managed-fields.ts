import { isDeepStrictEqual } from 'node:util'
import { MANAGER } from '../workload/labels.ts'
import { isJsonObject, type JsonObject, type JsonValue } from './json.ts'

/**
 * Which fields the last apply gave, in the place and with the names that Kubernetes uses: `metadata.managedFields`,
 * one entry for our one manager, fields as `f:name`. Lists are replaced as a whole (atomic), but for the two in the
 * metadata that several writers share: finalizers are a set, owner references have their uid as key.
 */
export interface Fields {
  readonly [field: `f:${string}`]: Fields
}

export interface ManagedFieldsEntry {
  readonly manager: string
  readonly operation: 'Apply'
  readonly fieldsType: 'FieldsV1'
  readonly fieldsV1: Fields
}

/** What the configuration says, laid over what is there, without what an earlier configuration had said. */
export function applyConfiguration(live: JsonObject, configuration: JsonObject): JsonObject {
  const given = fieldsOf(keyedLists(configuration))
  const kept = without(keyedLists(live), managedFieldsOf(live), given)
  const result = plainLists(merged(kept, keyedLists(configuration)))
  return withManagedFields(result, given)
}

/** Fields that somebody else has changed belong to them from then on: the next apply must not take them away. */
export function releaseChangedFields(before: JsonObject, after: JsonObject): JsonObject {
  const fields = managedFieldsOf(before)
  return withManagedFields(after, stillOwned(fields, keyedLists(before), keyedLists(after)))
}

/** Everything that a configuration gives, but for what identifies the object. */
function fieldsOf(configuration: JsonObject): Fields {
  const { apiVersion: _apiVersion, kind: _kind, metadata, ...rest } = configuration
  const { name: _name, namespace: _namespace, ...ownMetadata } = isJsonObject(metadata) ? metadata : {}
  return leaves({ ...(Object.keys(ownMetadata).length === 0 ? {} : { metadata: ownMetadata }), ...rest })
}

function leaves(value: JsonObject): Fields {
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [`f:${key}`, isJsonObject(child) ? leaves(child) : {}]),
  )
}

/** Removes what is in `owned` and not in `given`, and the objects that this leaves empty. */
function without(value: JsonObject, owned: Fields, given: Fields): JsonObject {
  const result = new Map(Object.entries(value))
  for (const [field, ownedBelow] of Object.entries(owned) as [`f:${string}`, Fields][]) {
    const key = field.slice(2)
    const child = result.get(key)
    if (child === undefined) continue
    const givenBelow = Object.hasOwn(given, field) ? given[field] : undefined
    if (!isJsonObject(child) || isLeaf(ownedBelow)) {
      if (givenBelow === undefined) result.delete(key)
      continue
    }
    const rest = without(child, ownedBelow, givenBelow ?? {})
    if (Object.keys(rest).length === 0 && givenBelow === undefined) result.delete(key)
    else result.set(key, rest)
  }
  return Object.fromEntries(result)
}

function merged(live: JsonValue | undefined, configuration: JsonObject): JsonObject {
  const result = new Map(isJsonObject(live) ? Object.entries(live) : [])
  for (const [key, value] of Object.entries(configuration)) {
    result.set(key, isJsonObject(value) ? merged(result.get(key), value) : value)
  }
  return Object.fromEntries(result)
}

function stillOwned(fields: Fields, before: JsonObject, after: JsonObject): Fields {
  return Object.fromEntries(
    (Object.entries(fields) as [`f:${string}`, Fields][]).flatMap(([field, below]): [string, Fields][] => {
      const [was, is] = [before[field.slice(2)], after[field.slice(2)]]
      if (isLeaf(below) || !isJsonObject(was) || !isJsonObject(is)) {
        return isDeepStrictEqual(was, is) ? [[field, below]] : []
      }
      const rest = stillOwned(below, was, is)
      return isLeaf(rest) ? [] : [[field, rest]]
    }),
  )
}

function managedFieldsOf(object: JsonObject): Fields {
  const entries = isJsonObject(object['metadata']) ? object['metadata']['managedFields'] : undefined
  const entry = (Array.isArray(entries) ? (entries as JsonValue[]) : []).find(
    (candidate) => isJsonObject(candidate) && candidate['manager'] === MANAGER && candidate['operation'] === 'Apply',
  )
  const fields = isJsonObject(entry) ? entry['fieldsV1'] : undefined
  return isJsonObject(fields) ? (fields as unknown as Fields) : {}
}

function withManagedFields(object: JsonObject, fields: Fields): JsonObject {
  const { managedFields: _former, ...metadata } = object['metadata'] as JsonObject
  if (isLeaf(fields)) return { ...object, metadata }
  const entry: ManagedFieldsEntry = { manager: MANAGER, operation: 'Apply', fieldsType: 'FieldsV1', fieldsV1: fields }
  return { ...object, metadata: { ...metadata, managedFields: [entry as unknown as JsonObject] } }
}

function isLeaf(fields: Fields): boolean {
  return Object.keys(fields).length === 0
}

const LIST_KEYS: Readonly<Record<string, (item: JsonValue) => string>> = {
  finalizers: (item) => JSON.stringify(item),
  ownerReferences: (item) => (isJsonObject(item) ? JSON.stringify(item['uid']) : ''),
}

/** The two shared lists as objects under their items' keys, so that the rules for objects hold for them. */
function keyedLists(object: JsonObject): JsonObject {
  return mapSharedLists(object, (list, keyOfItem) =>
    Array.isArray(list)
      ? Object.fromEntries<JsonValue>((list as readonly JsonValue[]).map((item) => [keyOfItem(item), item]))
      : list,
  )
}

function plainLists(object: JsonObject): JsonObject {
  return mapSharedLists(object, (list) => (isJsonObject(list) ? Object.values(list) : list))
}

function mapSharedLists(
  object: JsonObject,
  map: (list: JsonValue, keyOfItem: (item: JsonValue) => string) => JsonValue,
): JsonObject {
  const metadata = object['metadata']
  if (!isJsonObject(metadata)) return object
  const lists = Object.entries(LIST_KEYS).flatMap(([field, keyOfItem]): [string, JsonValue][] => {
    const list = metadata[field]
    return list === undefined ? [] : [[field, map(list, keyOfItem)]]
  })
  return { ...object, metadata: { ...metadata, ...Object.fromEntries(lists) } }
}

import {
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Node,
  type YAMLMap,
} from 'yaml'
import { coreError, hasCode, MAX_OBJECT_BYTES, type KubernetesObject, type WebspacesError } from '@webspaces/core'
import { localError } from '../errors.ts'
import { yamlDocument } from '../yaml-document.ts'
import { overYamlLimits } from './yaml-limits.ts'

/** How often aliases may be followed: more is an attempt to make a small file large. */
const MAX_ALIASES = 100

/** Reads one YAML document. @throws WS_LOCAL_YAML with line and column. */
export function parseObject(text: string): unknown {
  const document = parse(text)
  const [error] = document.errors
  if (error !== undefined) throw syntaxError(text, error.message, error.pos[0])
  visit(document, { Map: (_key, map) => assertUniqueKeys(text, map) })
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown
  } catch (cause) {
    throw localError('WS_LOCAL_YAML', cause instanceof Error ? cause.message : 'cannot be read', { cause })
  }
}

/**
 * Writes an object for people to read: what it is, then what is wanted, then how it is.
 * @throws WS_INVALID for one that could not be read again.
 */
export function formatObject(object: KubernetesObject): string {
  const { apiVersion, kind, metadata, spec, status, ...rest } = object as KubernetesObject & {
    readonly spec?: unknown
    readonly status?: unknown
  }
  const ordered = {
    apiVersion,
    kind,
    metadata,
    ...(spec === undefined ? {} : { spec }),
    ...rest,
    ...(status === undefined ? {} : { status }),
  }
  const document = yamlDocument(ordered)
  // Nobody reads these: one line is enough for them.
  const managedFields = document.getIn(['metadata', 'managedFields'])
  if (isNode(managedFields)) (managedFields as { flow?: boolean }).flow = true
  const text = document.toString({ lineWidth: 0, flowCollectionPadding: false })
  // What is written must be read again.
  const limit = overYamlLimits(text)
  if (limit !== undefined) throw coreError('WS_INVALID', `${kind} ${JSON.stringify(metadata.name)}: ${limit}`)
  if (Buffer.byteLength(text) > MAX_OBJECT_BYTES) {
    throw coreError(
      'WS_INVALID',
      `${kind} ${JSON.stringify(metadata.name)}: it is larger than ${MAX_OBJECT_BYTES} bytes`,
    )
  }
  return text
}

/** Where a refused field stands in the text, as `line:column`; where its nearest parent stands if it is missing. */
export function positionOf(text: string, refusal: WebspacesError): string | undefined {
  const { fields } = refusal.details
  const field: unknown = Array.isArray(fields) ? fields[0] : undefined
  if (!hasCode(refusal, 'WS_INVALID') || typeof field !== 'string') return undefined
  const lines = new LineCounter()
  let node: Node | null | undefined = parse(text, lines).contents
  let offset = node?.range?.[0] ?? 0
  for (const step of field.match(/[^.[\]]+/g) ?? []) {
    const child = childOf(node, step)
    if (child === undefined) break
    offset = child.at.range?.[0] ?? offset
    node = child.node
  }
  const { line, col } = lines.linePos(offset)
  return `${line}:${col}`
}

/** The value under a key or an index, and what stands where it begins: the key, or the item. */
function childOf(node: Node | null | undefined, step: string): { at: Node; node: Node | undefined } | undefined {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === step)
    return isNode(pair?.key) ? { at: pair.key, node: isNode(pair.value) ? pair.value : undefined } : undefined
  }
  const item: unknown = isSeq(node) ? node.items[Number(step)] : undefined
  return isNode(item) ? { at: item, node: item } : undefined
}

function parse(text: string, lineCounter?: LineCounter): Document.Parsed {
  const limit = overYamlLimits(text)
  if (limit !== undefined) throw localError('WS_LOCAL_YAML', limit)
  return parseDocument(text, {
    version: '1.2',
    schema: 'core',
    merge: false,
    strict: true,
    // Done by us: the parser compares every key with every other.
    uniqueKeys: false,
    stringKeys: true,
    prettyErrors: false,
    logLevel: 'silent',
    ...(lineCounter === undefined ? {} : { lineCounter }),
  })
}

function assertUniqueKeys(text: string, map: YAMLMap): void {
  const keys = new Set<unknown>()
  for (const { key } of map.items) {
    if (!isScalar(key)) continue
    if (keys.has(key.value))
      throw syntaxError(text, `the key ${JSON.stringify(key.value)} is there twice`, key.range?.[0])
    keys.add(key.value)
  }
}

function syntaxError(text: string, message: string, offset = 0): Error {
  const before = text.slice(0, offset)
  const line = before.split('\n').length
  const column = before.length - before.lastIndexOf('\n')
  return localError('WS_LOCAL_YAML', message.slice(0, 300), { details: { position: `${line}:${column}` } })
}

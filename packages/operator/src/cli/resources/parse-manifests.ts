import { isNode, LineCounter, parseAllDocuments, type Document } from 'yaml'
import { API_VERSION, RESOURCE_KINDS, WebspacesError, type KubernetesObject, type ResourceKind } from '@webspaces/core'
import { operatorError } from '../../errors.ts'

/** A resource as somebody wrote it. */
export interface Manifest {
  readonly kind: ResourceKind
  readonly object: KubernetesObject
}

type Path = readonly (string | number)[]

/**
 * Reads the resources of a file: YAML of any number of documents, or JSON. A `List`, as `webspaces get -o yaml` prints
 * it, stands for its items.
 * @throws WS_MANIFEST_SYNTAX, WS_MANIFEST_KIND or WS_INVALID, with file, document and line
 */
export function parseManifests(text: string, file: string): Manifest[] {
  const lines = new LineCounter()
  const documents = guarded(file, () => parseAllDocuments(text, { lineCounter: lines, prettyErrors: false }))
  return [...documents].flatMap((document, index) => {
    const place: Place = { file, number: index + 1, document, lines }
    const [problem] = document.errors
    if (problem !== undefined) throw syntaxError(file, lines.linePos(problem.pos[0]).line, problem.message)
    const content: unknown = guarded<unknown>(file, () => document.toJS({ maxAliasCount: 100 }))
    if (content === null || content === undefined) return [] // nothing between two `---`
    return isList(content)
      ? content.items.map((item, at) => manifest(item, place, ['items', at]))
      : [manifest(content, place, [])]
  })
}

/** Where a document stands, for messages. */
interface Place {
  readonly file: string
  readonly number: number
  readonly document: Document
  readonly lines: LineCounter
}

function manifest(content: unknown, place: Place, base: Path): Manifest {
  const { apiVersion, kind: kindName } = (content ?? {}) as { apiVersion?: unknown; kind?: unknown }
  const kind = RESOURCE_KINDS.find((candidate) => candidate.kind === kindName)
  if (kind === undefined || apiVersion !== API_VERSION) {
    const found = `kind ${quote(kindName)} of apiVersion ${quote(apiVersion)}`
    throw operatorError('WS_MANIFEST_KIND', `${describe(place, [...base, 'kind'])}: ${found} is not a resource of ours`)
  }
  try {
    const { metadata } = kind.parse(content)
    const { name, labels, annotations } = metadata
    const given = content as KubernetesObject & { readonly spec: unknown }
    // The spec as it was written, without the defaults that parsing adds: what a file leaves out stays as it is.
    // The rest of a resource that was printed by `get` (uid, status, …) is not the writer's to say.
    const object = {
      apiVersion,
      kind: kind.kind,
      metadata: { name, ...(labels && { labels }), ...(annotations && { annotations }) },
      spec: given.spec,
    }
    return { kind, object }
  } catch (error) {
    if (!(error instanceof WebspacesError)) throw error
    const { fields = [] } = error.details as { fields?: readonly string[] }
    const where = describe(place, [...base, ...pathOf(fields[0] ?? '')])
    throw new WebspacesError(error.code, `${where}: ${error.message}`, {
      remedy: `${error.remedy} Nothing was applied.`,
      cause: error,
      details: error.details,
    })
  }
}

function isList(content: unknown): content is { readonly items: readonly unknown[] } {
  const { kind, items } = content as { kind?: unknown; items?: unknown }
  return kind === 'List' && Array.isArray(items)
}

/** `blog.yaml: document 2, line 14`: the line of the field, or of what should have held it. */
function describe({ file, number, document, lines }: Place, path: Path): string {
  for (let depth = path.length; depth >= 0; depth--) {
    const node = document.getIn(path.slice(0, depth), true)
    const start = isNode(node) ? node.range?.[0] : undefined
    if (start !== undefined) return `${file}: document ${number}, line ${lines.linePos(start).line}`
  }
  return `${file}: document ${number}`
}

/** `spec.sshKeys[2]` → spec, sshKeys, 2 */
function pathOf(field: string): (string | number)[] {
  return [...field.matchAll(/\[([0-9]+)\]|[^.[]+/g)].map(([text, index]) =>
    index === undefined ? text : Number(index),
  )
}

/** The parser throws for what is nested too deeply and for aliases that multiply. */
function guarded<T>(file: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    throw syntaxError(file, undefined, (error as Error).message)
  }
}

function syntaxError(file: string, line: number | undefined, message: string): Error {
  return operatorError('WS_MANIFEST_SYNTAX', `${file}${line === undefined ? '' : `: line ${line}`}: ${message}`)
}

function quote(value: unknown): string {
  return value === undefined ? '(none)' : JSON.stringify(value).slice(0, 80)
}

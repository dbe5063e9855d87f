import { z } from 'zod'
import { coreError } from '../errors/catalogue.ts'
import type { Kind, KubernetesObject } from './object.ts'
import { API_VERSION, resourceName } from './fields.ts'

/** One of our four resources: a spec that people write and a status that Webspaces writes. */
export interface Resource<Spec, Status> extends KubernetesObject {
  readonly spec: Spec
  readonly status?: Status
}

/** A kind whose spec has a schema, the only source of its type, its validation and its CRD. */
export interface ResourceKind<T extends KubernetesObject = KubernetesObject> extends Kind<T> {
  readonly specSchema: z.ZodType
  /** Of `metadata.name`. */
  readonly nameSchema: z.ZodType<string>
  /**
   * Checks an object and fills in defaults.
   * @throws WS_INVALID naming every field at fault as a path (`spec.sshKeys[2]`).
   */
  parse(object: unknown): T
}

export function defineResource<Spec extends z.ZodObject, Status>(definition: {
  readonly kind: string
  readonly plural: string
  readonly shortNames: readonly string[]
  readonly spec: Spec
  readonly name?: z.ZodType<string>
}): ResourceKind<Resource<z.output<Spec>, Status>> {
  const nameSchema = definition.name ?? resourceName
  const schema = z.looseObject({
    apiVersion: z.literal(API_VERSION),
    kind: z.literal(definition.kind),
    metadata: z.looseObject({
      name: nameSchema,
      namespace: z.undefined({ error: 'must not be given: the resource is cluster-scoped' }).optional(),
      labels: z.record(z.string(), z.string()).optional(),
      annotations: z.record(z.string(), z.string()).optional(),
    }),
    spec: definition.spec,
  })
  return {
    apiVersion: API_VERSION,
    kind: definition.kind,
    plural: definition.plural,
    shortNames: definition.shortNames,
    namespaced: false,
    specSchema: definition.spec,
    nameSchema,
    parse(object) {
      const result = schema.safeParse(object)
      if (!result.success) throw invalid(definition.kind, object, result.error)
      const status = (object as { status?: Status }).status
      // zod cannot tell the type of a field whose schema is a parameter.
      const data: unknown = result.data
      const { apiVersion, kind, metadata, spec } = data as Resource<z.output<Spec>, Status>
      return { apiVersion, kind, metadata, spec, ...(status === undefined ? {} : { status }) }
    },
  }
}

/** What is thrown for an object that its schema refuses: every field at fault as a path. */
export function invalid(kind: string, object: unknown, error: Pick<z.ZodError, 'issues'>): Error {
  const problems = error.issues.slice(0, 10).map((issue) => `${fieldPath(issue.path)}: ${issue.message}`)
  const name = (object as { metadata?: { name?: unknown } } | null)?.metadata?.name
  const subject = typeof name === 'string' ? `${kind} ${JSON.stringify(name.slice(0, 80))}` : kind
  return coreError('WS_INVALID', `${subject}: ${problems.join('; ')}`, {
    details: { fields: error.issues.slice(0, 10).map((issue) => fieldPath(issue.path)) },
  })
}

function fieldPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, part) =>
      typeof part === 'number' ? `${text}[${part}]` : text === '' ? String(part) : `${text}.${String(part)}`,
    '',
  )
}

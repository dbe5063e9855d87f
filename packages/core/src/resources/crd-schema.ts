import { z } from 'zod'
import { SERVER_RULES, type ServerRule } from './crd-rules.ts'

/**
 * A schema as CustomResourceDefinitions have it: "structural", which is JSON Schema without references, without a
 * choice of types, and without `additionalProperties` beside `properties` (a server drops what it does not know).
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
export interface StructuralSchema extends ServerRule {
  readonly description?: string
  /** Missing only where `x-kubernetes-preserve-unknown-fields` allows anything. */
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean'
  readonly default?: unknown
  readonly enum?: readonly unknown[]
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly items?: StructuralSchema
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, StructuralSchema>>
  readonly additionalProperties?: StructuralSchema
  readonly 'x-kubernetes-preserve-unknown-fields'?: true
  readonly 'x-kubernetes-list-type'?: 'map'
  readonly 'x-kubernetes-list-map-keys'?: readonly string[]
}

type JsonSchema = z.core.JSONSchema.JSONSchema

/** What is taken over as it is, in the order in which it is written. */
const KEPT = [
  ...['description', 'type', 'default', 'enum', 'pattern', 'not', 'minLength', 'maxLength', 'minimum', 'maximum'],
  ...['minItems', 'maxItems', 'required', 'x-kubernetes-list-type', 'x-kubernetes-list-map-keys'],
] as const

/** The structural schema of what may be written: fields with a default may be left out, and the server fills it in. */
export function structuralSchema(schema: z.ZodType): StructuralSchema {
  return structural(
    z.toJSONSchema(schema, {
      io: 'input',
      reused: 'inline',
      unrepresentable: 'any',
      override: ({ zodSchema, jsonSchema }) => Object.assign(jsonSchema, SERVER_RULES.get(zodSchema)),
    }),
  )
}

function structural(schema: JsonSchema): StructuralSchema {
  // Only a schema that refers to itself is not inlined, and the only one of these is that of any JSON.
  if (schema.$ref !== undefined) return { 'x-kubernetes-preserve-unknown-fields': true }
  const { properties, items, additionalProperties } = schema
  return {
    ...Object.fromEntries(KEPT.filter((name) => isTold(schema, name)).map((name) => [name, schema[name]])),
    ...(items === undefined ? {} : { items: structural(items as JsonSchema) }),
    ...(properties === undefined ? {} : { properties: structuralProperties(properties) }),
    ...(typeof additionalProperties === 'object' ? { additionalProperties: structural(additionalProperties) } : {}),
  }
}

function structuralProperties(properties: Readonly<Record<string, unknown>>): Record<string, StructuralSchema> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, property]) => [name, structural(property as JsonSchema)]),
  )
}

/** Zod bounds every integer by what a double can hold, which says nothing. */
function isTold(schema: JsonSchema, name: string): boolean {
  return (
    schema[name] !== undefined &&
    !(typeof schema[name] === 'number' && Math.abs(schema[name]) === Number.MAX_SAFE_INTEGER)
  )
}

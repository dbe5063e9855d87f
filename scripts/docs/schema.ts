import { z } from 'zod'

/** One line of a field table. */
export interface Field {
  /** `previews.max`, `env[].name` */
  readonly path: string
  readonly type: string
  readonly required: boolean
  /** JSON text. */
  readonly default?: string
  readonly limits: string
  readonly description: string
}

type JsonSchema = z.core.JSONSchema.JSONSchema

/** The fields of an object schema, each after the one that it is in. */
export function fieldsOf(schema: z.ZodType): Field[] {
  return propertiesOf(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' }), '')
}

function propertiesOf(schema: JsonSchema, prefix: string): Field[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, value]) => {
    const property = value as JsonSchema
    const path = `${prefix}${name}`
    const item = itemsOf(property)
    return [
      {
        path,
        type: item === undefined ? typeOf(property) : `${typeOf(item)}[]`,
        required: (schema.required ?? []).includes(name),
        ...(property.default === undefined ? {} : { default: JSON.stringify(property.default) }),
        limits: limitsOf(property),
        description: property.description ?? '',
      },
      ...propertiesOf(property, `${path}.`),
      ...(item === undefined ? [] : propertiesOf(item, `${path}[].`)),
    ]
  })
}

function itemsOf(schema: JsonSchema): JsonSchema | undefined {
  return schema.type === 'array' ? (schema.items as JsonSchema) : undefined
}

function typeOf(schema: JsonSchema): string {
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' or ')
  if (schema.format !== undefined) return schema.format
  return typeof schema.type === 'string' ? schema.type : 'any'
}

function limitsOf(schema: JsonSchema): string {
  const item = itemsOf(schema)
  const limits = [
    range(schema.minimum, schema.maximum, ''),
    range(schema.minLength, schema.maxLength, ' characters'),
    range(schema.minItems, schema.maxItems, ' entries'),
    item === undefined ? undefined : range(item.minLength, item.maxLength, ' characters each'),
    schema.pattern === undefined || schema.format !== undefined ? undefined : `\`${schema.pattern}\``,
  ]
  return limits.filter((limit) => limit !== undefined).join(', ')
}

/** JSON Schema bounds every integer by what a double can hold; that is no limit worth telling. */
function range(low: number | undefined, high: number | undefined, unit: string): string | undefined {
  if (high === Number.MAX_SAFE_INTEGER) return range(low, undefined, unit)
  if (high !== undefined && low !== undefined) return `${low} to ${high}${unit}`
  if (high !== undefined) return `at most ${high}${unit}`
  return low === undefined ? undefined : `at least ${low}${unit}`
}

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SERVER_RULES, type ServerRule } from './crd-rules.ts'
import type { StructuralSchema } from './crd-schema.ts'
import { structuralProblems } from './crd-structural.test.kit.ts'
import { customResourceDefinition } from './crd.ts'
import { Customer } from './customer.ts'
import { branchName, domainName, envVar, resourceName } from './fields.ts'
import { RESOURCE_KINDS } from './kinds.ts'
import { RuntimeResource } from './runtime.ts'
import { Webspace } from './webspace.ts'

const [customer, runtime, webspace] = [Customer, RuntimeResource, Webspace].map(schemaOf)

describe.each(RESOURCE_KINDS)('the definition of $kind', (kind) => {
  const { metadata, spec } = customResourceDefinition(kind)
  const [version] = spec.versions

  test('is named after what it defines', () => {
    expect(metadata.name).toBe(`${kind.plural}.webspaces.dev`)
    expect(spec.names).toMatchObject({ kind: kind.kind, plural: kind.plural, shortNames: kind.shortNames })
  })

  test('has a schema that servers take', () => {
    expect(structuralProblems(version?.schema.openAPIV3Schema)).toEqual([])
  })

  test('explains every field', () => {
    expect(undescribed(schemaOf(kind).properties?.['spec'], 'spec')).toEqual([])
    expect(undescribed(schemaOf(kind).properties?.['status'], 'status')).toEqual([])
  })

  test('has a status of its own, with conditions that are told apart by their type', () => {
    expect(version?.subresources.status).toEqual({})
    expect(schemaOf(kind).properties?.['status']?.properties?.['conditions']).toMatchObject({
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['type'],
    })
  })

  test('shows columns that lead to fields, and whether it is ready or how far it is', () => {
    for (const { jsonPath } of version?.additionalPrinterColumns ?? []) {
      expect([jsonPath, leadsToField(schemaOf(kind), jsonPath)]).toEqual([jsonPath, true])
    }
    const names = version?.additionalPrinterColumns.filter(({ priority }) => priority === 0).map(({ name }) => name)
    expect(names).toContain('Age')
    expect(names).toContain(kind.kind === 'Release' ? 'Rollout' : 'Ready')
  })

  test('has no category that is also a name of a kind', () => {
    const names = RESOURCE_KINDS.flatMap((each) => [each.plural, each.kind.toLowerCase(), ...each.shortNames])
    for (const category of spec.names.categories) expect(names).not.toContain(category)
  })
})

test('defaults are those of the schema', () => {
  expect(webspace?.properties?.['spec']?.properties).toMatchObject({
    replicas: { default: 1 },
    branch: { default: 'main' },
    aliases: { default: [] },
    previews: { default: {}, properties: { enabled: { default: true }, max: { default: 10 } } },
  })
  expect(webspace?.properties?.['spec']?.required).toEqual(['customer', 'runtime'])
})

test('a policy that is left out stays so: it is the platform that has a default', () => {
  const policy = webspace?.properties?.['spec']?.properties?.['reclaimPolicy']
  expect(policy).toMatchObject({ type: 'string', enum: ['Delete', 'Retain'] })
  expect(policy).not.toHaveProperty('default')
})

test('what a schema checks with code is checked by a server too', () => {
  const host = SERVER_RULES.get(domainName) ?? {}
  expect(webspace?.properties).toMatchObject({
    metadata: { properties: { name: { maxLength: 40, ...SERVER_RULES.get(resourceName) } } },
    spec: {
      properties: {
        domain: host,
        aliases: { items: host },
        branch: SERVER_RULES.get(branchName),
        env: { items: { properties: { name: { not: { enum: ['PORT'] } } } } },
      },
    },
  })
})

test('options of a runtime may hold any JSON', () => {
  expect(runtime?.properties?.['spec']?.properties?.['options']).toMatchObject({
    type: 'object',
    additionalProperties: { 'x-kubernetes-preserve-unknown-fields': true },
  })
})

test('an address has a pattern and not the format, which servers read in another way', () => {
  expect(customer?.properties?.['spec']?.properties?.['email']).not.toHaveProperty('format')
  expect(customer?.properties?.['spec']?.properties?.['email']?.pattern).toMatch(/@/)
})

test('only a Webspace can be scaled', () => {
  const scales = RESOURCE_KINDS.map((kind) => customResourceDefinition(kind).spec.versions[0]?.subresources.scale)
  expect(scales.filter((scale) => scale !== undefined)).toHaveLength(1)
  for (const path of Object.values(scales[2] ?? {})) expect(leadsToField(schemaOf(Webspace), path)).toBe(true)
})

describe('a rule for servers says the same as the schema', () => {
  const label = fc.stringMatching(/^[a-zA-Z0-9-]{0,66}$/)
  test.each([
    ['resourceName', resourceName, fc.oneof(label, fc.stringMatching(/^[a-z-]{1,6}$/))],
    ['domainName', domainName, fc.array(label, { maxLength: 4 }).map((labels) => labels.join('.'))],
    [
      'branchName',
      branchName,
      fc
        .array(
          fc.constantFrom(
            'a',
            'B',
            '.',
            '..',
            '/',
            '@',
            '{',
            'HEAD',
            '.lock',
            '-',
            '~',
            '\\',
            '[',
            ' ',
            '\u007f',
            'é',
            '\n',
          ),
        )
        .map((parts) => parts.join('')),
    ],
    ['envVar.name', envVar.shape.name, fc.constantFrom('PORT', 'PORTS', 'A_PORT', 'port')],
    [
      'envVar.value',
      envVar.shape.value,
      fc.array(fc.constantFrom('a', '\0', '\n', ' ')).map((parts) => parts.join('')),
    ],
  ] as const)('%s', (_, schema, values) => {
    const rule = SERVER_RULES.get(schema)
    fc.assert(
      fc.property(values, (value) => {
        // What the rule does not say (the length) the server is told by the schema itself.
        fc.pre(value.length > 0 && value.length <= 40)
        expect(obeys(rule, value)).toBe(schema.safeParse(value).success)
      }),
      { numRuns: 2000 },
    )
  })
})

function obeys(rule: ServerRule | undefined, value: string): boolean {
  if (rule?.pattern !== undefined && !new RegExp(rule.pattern).test(value)) return false
  if (rule?.not === undefined) return true
  return 'enum' in rule.not ? !rule.not.enum.includes(value) : !new RegExp(rule.not.pattern).test(value)
}

function schemaOf(kind: (typeof RESOURCE_KINDS)[number] | object): StructuralSchema {
  return (
    customResourceDefinition(kind as (typeof RESOURCE_KINDS)[number]).spec.versions[0]?.schema.openAPIV3Schema ?? {}
  )
}

function undescribed(schema: StructuralSchema | undefined, path: string): string[] {
  return [
    ...(schema?.description === undefined ? [path] : []),
    ...Object.entries(schema?.properties ?? {}).flatMap(([name, field]) => undescribed(field, `${path}.${name}`)),
    ...Object.entries(schema?.items?.properties ?? {}).flatMap(([name, field]) =>
      undescribed(field, `${path}[].${name}`),
    ),
  ]
}

/** Follows a path through objects and lists; filters (`[?(…)]`) choose an entry of a list. */
function leadsToField(schema: StructuralSchema, jsonPath: string): boolean {
  let at: StructuralSchema | undefined = {
    ...schema,
    properties: {
      ...schema.properties,
      metadata: { type: 'object', properties: { creationTimestamp: { type: 'string' } } },
    },
  }
  for (const part of jsonPath
    .replaceAll(/\[\?\(.*?\)\]/g, '.[]')
    .split('.')
    .slice(1)) {
    at = part === '[]' ? at?.items : at?.properties?.[part]
  }
  return at !== undefined
}

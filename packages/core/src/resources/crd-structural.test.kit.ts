/** What a server refuses in the schema of a CustomResourceDefinition; the keywords that mean something to it. */
const KEYWORDS = new Set([
  ...['description', 'type', 'format', 'default', 'enum', 'nullable', 'pattern', 'minLength', 'maxLength', 'minimum'],
  ...['maximum', 'multipleOf', 'minItems', 'maxItems', 'minProperties', 'maxProperties', 'required', 'properties'],
  ...['additionalProperties', 'items', 'not', 'allOf', 'anyOf', 'oneOf', 'x-kubernetes-preserve-unknown-fields'],
  ...['x-kubernetes-int-or-string', 'x-kubernetes-list-type', 'x-kubernetes-list-map-keys'],
])
const NOT_IN_LOGIC = ['description', 'type', 'default', 'additionalProperties', 'nullable']

type Schema = Readonly<Record<string, unknown>>

/**
 * Checks the rules for structural schemas of apiextensions.k8s.io/v1, each problem with the path that it is at:
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
export function structuralProblems(schema: unknown, path = ''): string[] {
  const node = schema as Schema
  const { properties = {}, items, additionalProperties } = node
  const children: [string, unknown][] = Object.entries(properties as Schema).map(([name, child]) => [
    `${path}.${name}`,
    child,
  ])
  if (items !== undefined) children.push([`${path}[]`, items])
  if (typeof additionalProperties === 'object') children.push([`${path}.*`, additionalProperties])
  return [
    ...nodeProblems(node).map((problem) => `${path}: ${problem}`),
    ...branchesOf(node).flatMap((branch) => logicProblems(branch, node).map((problem) => `${path}: ${problem}`)),
    ...children.flatMap(([at, child]) => structuralProblems(child, at)),
  ]
}

function branchesOf({ allOf, anyOf, oneOf, not }: Schema): Schema[] {
  return [allOf, anyOf, oneOf, not].filter((branch) => branch !== undefined).flat() as Schema[]
}

function nodeProblems(node: Schema): string[] {
  const open = node['x-kubernetes-preserve-unknown-fields'] === true || node['x-kubernetes-int-or-string'] === true
  return [
    ...unknownKeywords(node),
    ...when(node['type'] === undefined && !open, 'has no type'),
    ...when(node['properties'] !== undefined && node['additionalProperties'] !== undefined, 'has both properties'),
    ...when(node['additionalProperties'] === false, 'forbids additionalProperties'),
    ...when(node['type'] === 'array' && node['items'] === undefined, 'has no items'),
    ...patternProblems(node),
    ...listMapProblems(node),
  ]
}

function logicProblems(branch: Schema, outside: Schema): string[] {
  const known = Object.keys(outside['properties'] ?? {})
  return [
    ...unknownKeywords(branch),
    ...NOT_IN_LOGIC.filter((word) => word in branch).map((word) => `has ${word} below a choice`),
    ...Object.keys(branch['properties'] ?? {})
      .filter((name) => !known.includes(name))
      .map((name) => `${name} is said only below a choice`),
    ...patternProblems(branch),
  ]
}

function unknownKeywords(node: Schema): string[] {
  return Object.keys(node)
    .filter((word) => !KEYWORDS.has(word))
    .map((word) => `${word} is not for structural schemas`)
}

/** Go's regular expressions look neither ahead nor behind nor back, and repeat at most 1000 times. */
function patternProblems({ pattern }: Schema): string[] {
  if (typeof pattern !== 'string') return []
  const repeats = [...pattern.matchAll(/\{[0-9]*,?([0-9]+)\}/g)].map(([, most]) => Number(most))
  return [
    ...when(/\(\?<?[=!]|\\[1-9k]/.test(pattern), `${pattern} is not RE2`),
    ...when(
      repeats.some((most) => most > 1000),
      `${pattern} repeats too often for RE2`,
    ),
  ]
}

/** Entries of a list that is a map are told apart by fields that each of them must have. */
function listMapProblems(node: Schema): string[] {
  if (node['x-kubernetes-list-type'] !== 'map') return []
  const required = ((node['items'] as Schema | undefined)?.['required'] ?? []) as readonly string[]
  const keys = (node['x-kubernetes-list-map-keys'] ?? []) as string[]
  return [
    ...when(keys.length === 0, 'is a map without keys'),
    ...keys.filter((key) => !required.includes(key)).map((key) => `the key ${key} is not required`),
  ]
}

function when(holds: boolean, problem: string): string[] {
  return holds ? [problem] : []
}

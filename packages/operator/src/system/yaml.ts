import { yamlDocument } from '@webspaces/local'

/** A YAML stream of one document an object, formatted in the same way wherever it is printed. */
export function toYaml(objects: readonly unknown[]): string {
  return objects.map((object) => yamlDocument(object).toString({ lineWidth: 110, singleQuote: true })).join('---\n')
}

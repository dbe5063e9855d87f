import { stringify } from 'yaml'

/** A YAML stream, formatted in the same way wherever it is printed. */
export function toYaml(objects: readonly object[]): string {
  return objects
    .map((object) =>
      stringify(object, { version: '1.1', lineWidth: 110, aliasDuplicateObjects: false, singleQuote: true }),
    )
    .join('---\n')
}

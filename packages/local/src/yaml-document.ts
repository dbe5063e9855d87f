import { Document, Scalar, visit } from 'yaml'

/**
 * A value as a YAML document that every reader takes for the same: those of YAML 1.2, and those of 1.1 like kubectl, to
 * whom a bare `on` is a boolean and `2026-11-26` a time.
 */
export function yamlDocument(value: unknown): Document {
  const document = new Document(value, { version: '1.1', aliasDuplicateObjects: false })
  visit(document, {
    Scalar: (_key, scalar) => {
      if (typeof scalar.value === 'string' && needsQuotes(scalar.value)) scalar.type = Scalar.QUOTE_DOUBLE
    },
  })
  return document
}

/** Whether a text would be read as something else in the style that the library writes it in. */
function needsQuotes(text: string): boolean {
  // White space at the beginning of a block reads as indentation: https://github.com/eemeli/yaml/issues/692.
  const isBlockThatBeginsWithBlank = text.includes('\n') && /^\s/.test(text)
  // A text in YAML 1.1, and a number in 1.2.
  const isOctal = /^0o[0-7]+$/.test(text)
  return isBlockThatBeginsWithBlank || isOctal
}

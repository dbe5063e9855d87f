import { z } from 'zod'
import { branchName, domainName, envVar, resourceName } from './fields.ts'

/** What an API server can check of a value beside its type; regular expressions are RE2's. */
export interface ServerRule {
  readonly pattern?: string
  readonly not?: { readonly pattern: string } | { readonly enum: readonly string[] }
}

const LABEL = '[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?'

/**
 * What the schemas check with code, said once more in a way that an API server understands, so that it refuses what
 * Webspaces would only report. Found by the schema or by what it was made from with `.describe()`.
 */
export const SERVER_RULES: z.core.$ZodRegistry<ServerRule> = z
  .registry<ServerRule>()
  // Single dashes between letters and digits: that leaves no room for `--`.
  .add(resourceName, { pattern: '^[a-z0-9]+(-[a-z0-9]+)*$' })
  .add(domainName, { pattern: `^${LABEL}(\\.${LABEL})+$` })
  .add(branchName, {
    not: {
      pattern: [
        '^(@|HEAD)$|^-|\\.$|\\.\\.|@\\{',
        '[\\x00-\\x20\\x7f~^:?*\\[\\\\]',
        // A part between slashes that is empty, starts with a dot or ends in `.lock`.
        '(^|/)(\\.|/|$)|\\.lock(/|$)',
      ].join('|'),
    },
  })
  .add(envVar.shape.name, { not: { enum: ['PORT'] } })
  .add(envVar.shape.value, { not: { pattern: '\\x00' } })

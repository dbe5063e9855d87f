import { z } from 'zod'

/** The group and version of all four resources. */
export const API_VERSION = 'webspaces.dev/v1alpha1'

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const LABEL_MESSAGE = 'must be lower-case letters, digits and -, and start and end with a letter or digit'

/**
 * A name that people type in `git clone` and that becomes part of object and host names: a DNS label of at most
 * 40 characters. `--` is kept for us: it stands between a Webspace and a preview's slug in object names, so that
 * the preview `x` of `blog` can never be called like a Webspace `blog-x`.
 */
export const resourceName = z
  .string()
  .min(1)
  .max(40)
  .regex(LABEL, LABEL_MESSAGE)
  .refine((name) => !name.includes('--'), 'must not contain --')

/** Whether this can be the name of a resource; what cannot is never looked up, let alone made part of a path. */
export function isResourceName(name: string): boolean {
  return resourceName.safeParse(name).success
}

/** A DNS name of at least two labels; at most 200 characters, so that a slug fits before it (RFC 1035: 253). */
export const domainName = z
  .string()
  .max(200)
  .refine(
    (name) => name.includes('.') && name.split('.').every((label) => label.length <= 63 && LABEL.test(label)),
    'must be a DNS name in lower case, such as blog.example.com',
  )

/** An environment variable. `PORT` is set by the platform. */
export const envVar = z.strictObject({
  name: z
    .string()
    .max(256)
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be letters, digits and _, and not start with a digit')
    .refine((name) => name !== 'PORT', 'PORT is set by the platform')
    .describe('The name; PORT is taken.'),
  value: z
    .string()
    .max(32_768)
    .refine((value) => !value.includes('\0'), 'must not contain a NUL character')
    .describe('The value, as it is: nothing in it is expanded.'),
})
export type EnvVar = z.infer<typeof envVar>

const quantity = z
  .string()
  .max(20)
  .regex(/^[0-9]+(\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/, 'must be a quantity, such as 250m or 256Mi')

/** Of what Kubernetes measures out to containers. */
export const amounts = z.strictObject({
  cpu: quantity.optional().describe('CPU, such as 250m.'),
  memory: quantity.optional().describe('Memory, such as 256Mi.'),
})

/** A git branch name as `git check-ref-format --branch` has it, bounded. */
export const branchName = z.string().min(1).max(200).refine(isBranchName, 'is not a valid branch name')

/** The rules of git-check-ref-format(1) for what follows `refs/heads/`. */
export function isBranchName(name: string): boolean {
  return (
    name.length > 0 &&
    name !== '@' &&
    name !== 'HEAD' &&
    !name.startsWith('-') &&
    !name.endsWith('.') &&
    !name.includes('..') &&
    !name.includes('@{') &&
    // eslint-disable-next-line no-control-regex -- control characters are exactly what git forbids
    !/[\u0000-\u0020\u007f~^:?*[\\]/.test(name) &&
    name.split('/').every((part) => part !== '' && !part.startsWith('.') && !part.endsWith('.lock'))
  )
}

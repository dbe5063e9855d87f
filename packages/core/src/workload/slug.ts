import { createHash } from 'node:crypto'

const MAX_SLUG = 40
const MAX_NAME = 63

/**
 * A branch's name as one DNS label: lower case, all but letters and digits as `-`. Where that loses something, or the
 * result would be longer than 40, a hash of the whole name follows a cut, so that `feature/x`, `feature-x` and
 * `Feature/X` never meet. A name that looks as if it ended in such a hash gets one too: it could be another's slug.
 */
export function slugOf(branch: string): string {
  const slug = branch
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
  return slug === branch && slug.length <= MAX_SLUG && !/(^|-)[0-9a-f]{10}$/.test(slug)
    ? slug
    : withHash(slug, branch, MAX_SLUG)
}

/**
 * The name of a branch's objects: the Webspace's own for production, `<webspace>--<slug>` for a preview. A Webspace's
 * name has no `--`, so the two never meet. At most 63 characters (RFC 1035 label, as a Service's name must be).
 */
export function objectName(webspace: string, slug: string | undefined): string {
  if (slug === undefined) return webspace
  const name = `${webspace}--${slug}`
  return name.length <= MAX_NAME ? name : withHash(name, name, MAX_NAME)
}

function withHash(text: string, whole: string, max: number): string {
  const hash = createHash('sha256').update(whole).digest('hex').slice(0, 10)
  const cut = text.slice(0, max - hash.length - 1).replace(/-+$/, '')
  return cut === '' ? hash : `${cut}-${hash}`
}

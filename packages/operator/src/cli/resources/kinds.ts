import { API_VERSION, RESOURCE_KINDS, type ResourceKind } from '@webspaces/core'
import { operatorError } from '../../errors.ts'

const GROUP = API_VERSION.slice(0, API_VERSION.indexOf('/'))

/**
 * The kind that a person means: `webspaces`, `webspace`, `ws`, `Webspace`, `webspaces.webspaces.dev`.
 * @throws WS_USAGE with what there is
 */
export function findKind(text: string): ResourceKind {
  const wanted = text.toLowerCase()
  const kind = RESOURCE_KINDS.find((candidate) => {
    const names = [candidate.plural, candidate.kind.toLowerCase()]
    return [...names, ...names.map((name) => `${name}.${GROUP}`), ...candidate.shortNames].includes(wanted)
  })
  if (kind !== undefined) return kind
  const known = RESOURCE_KINDS.map(({ plural, shortNames }) => [plural, ...shortNames].join(', ')).join('; ')
  throw operatorError('WS_USAGE', `unknown kind of resource ${JSON.stringify(text.slice(0, 80))}`, {
    remedy: `Kinds are: ${known}.`,
  })
}

/** `webspace.webspaces.dev`, as kubectl names a kind in what it prints. */
export function qualifiedName(kind: ResourceKind): string {
  return `${kind.kind.toLowerCase()}.${GROUP}`
}

import { ConditionType, type Addressing, type BranchStatus, type Condition, type Webspace } from '@webspaces/core'

/** A Webspace as a visitor of the platform's page is shown it; the shape of `/api/sites`. */
export interface Site {
  readonly name: string
  readonly customer: string
  readonly state: SiteState
  /** What is missing or has gone wrong, for people. */
  readonly messages: readonly string[]
  /** Of the production branch. */
  readonly url?: string
  readonly cloneUrl: string
  /** The production branch. */
  readonly branch: string
  /** The production branch first. */
  readonly branches: readonly BranchStatus[]
}

/** `Awaiting push`: nothing has been pushed to the production branch yet. */
export type SiteState = 'Live' | 'Progressing' | 'Failed' | 'Stalled' | 'Suspended' | 'Deleting' | 'Awaiting push'

/** All sites, by name. */
export function sitesOf(webspaces: Iterable<Webspace>, cloneUrl: Addressing['cloneUrl']): Site[] {
  return [...webspaces]
    .sort((a, b) => a.metadata.name.localeCompare(b.metadata.name))
    .map((webspace) => siteOf(webspace, cloneUrl))
}

function siteOf(webspace: Webspace, cloneUrl: Addressing['cloneUrl']): Site {
  const { metadata, spec, status } = webspace
  const branches = [...(status?.branches ?? [])].sort(
    (a, b) => Number(b.production) - Number(a.production) || a.branch.localeCompare(b.branch),
  )
  return {
    name: metadata.name,
    customer: spec.customer,
    state: stateOf(webspace),
    messages: messagesOf(status?.conditions ?? []),
    ...(status?.url === undefined ? {} : { url: status.url }),
    cloneUrl: status?.cloneUrl ?? cloneUrl(metadata.name),
    branch: spec.branch,
    branches,
  }
}

function stateOf({ metadata, spec, status }: Webspace): SiteState {
  if (metadata.deletionTimestamp !== undefined) return 'Deleting'
  if (spec.suspended) return 'Suspended'
  if (
    status?.conditions?.some((condition) => condition.type === ConditionType.Stalled && condition.status === 'True')
  ) {
    return 'Stalled'
  }
  const production = status?.branches?.find((branch) => branch.production)
  return production?.phase ?? 'Awaiting push'
}

/** The messages of the conditions that are not as one would wish, each once. */
function messagesOf(conditions: readonly Condition[]): string[] {
  const unwelcome = conditions.filter(
    ({ type, status }) => status === (type === ConditionType.Ready ? 'False' : 'True'),
  )
  return [...new Set(unwelcome.map(({ message }) => message))].filter((message) => message !== '')
}

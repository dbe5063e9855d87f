import { type Access, type Addressing, ConditionType, type Webspace } from '@webspaces/core'

/** What `ssh git@host` says: who the caller is here, and where the caller's Webspaces are. */
export function greeting(access: Access, addressing: Addressing, fingerprint: string): string[] {
  const webspaces = access.webspacesOf(fingerprint)
  const customers = access.customersOf(fingerprint)
  return [
    `Hello ${customers.join(', ')}! This is Webspaces. Your key is ${fingerprint}.`,
    '',
    ...(webspaces.length === 0
      ? ['There are no Webspaces for it yet.']
      : webspaces.flatMap((webspace) => entry(webspace, addressing))),
    '',
    'There is no shell here. To publish, clone a Webspace, commit, and: git push',
  ]
}

function entry(webspace: Webspace, addressing: Addressing): string[] {
  const { name } = webspace.metadata
  const url = webspace.status?.url ?? addressing.siteUrl(webspace.spec.domain ?? addressing.defaultDomain(name))
  return [`  ${name}  ${state(webspace)}`, `    site   ${url}`, `    clone  ${addressing.cloneUrl(name)}`]
}

function state({ spec, status }: Webspace): string {
  if (spec.suspended) return 'suspended'
  const ready = status?.conditions?.find((condition) => condition.type === ConditionType.Ready)
  if (ready === undefined) return 'not deployed yet'
  return ready.status === 'True' ? 'ready' : `${ready.reason}: ${ready.message}`
}

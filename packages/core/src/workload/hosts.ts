import type { ResourceCaches } from '../cache/resource-caches.ts'
import type { Addressing } from '../contracts/addressing.ts'
import { inject, injectable } from '../plugin/injection.ts'
import { ADDRESSING, RESOURCE_CACHES } from '../plugin/tokens.ts'
import type { Release } from '../resources/release.ts'
import type { Webspace } from '../resources/webspace.ts'
import { currentReleases } from './branches.ts'
import { slugOf } from './slug.ts'

/** Which Webspace a host belongs to. */
export interface HostOwners {
  ownerOf(host: string): string | undefined
}

/** The host of the production branch. */
export function domainOf(webspace: Webspace, addressing: Addressing): string {
  return webspace.spec.domain ?? addressing.defaultDomain(webspace.metadata.name)
}

/** The hosts that a branch has if nobody else has them, the main one first. */
export function hostsOf(webspace: Webspace, branch: string, addressing: Addressing): string[] {
  const domain = domainOf(webspace, addressing)
  return branch === webspace.spec.branch
    ? [...new Set([domain, ...webspace.spec.aliases])]
    : [`${slugOf(branch)}.${domain}`]
}

/** Where a branch is, or will be. */
export function siteUrlOf(webspace: Webspace, branch: string, addressing: Addressing): string {
  return addressing.siteUrl(hostsOf(webspace, branch, addressing)[0] ?? '')
}

/**
 * Settles who has which host. Of two Webspaces that claim one, the older keeps it, so that nothing that works changes
 * because of something new. A Webspace claims its domain and aliases, and the host of every branch that was pushed.
 */
export function resolveHosts(
  webspaces: Iterable<Webspace>,
  releases: Iterable<Release>,
  addressing: Addressing,
): Map<string, string> {
  const released = new Map<string, Release[]>()
  for (const release of releases) {
    const list = released.get(release.spec.webspace)
    if (list === undefined) released.set(release.spec.webspace, [release])
    else list.push(release)
  }
  const owners = new Map<string, string>()
  for (const webspace of [...webspaces].sort(byAge)) {
    const { name } = webspace.metadata
    const branches = currentReleases(name, released.get(name) ?? []).keys()
    for (const branch of [webspace.spec.branch, ...branches]) {
      for (const host of hostsOf(webspace, branch, addressing)) {
        if (!owners.has(host)) owners.set(host, name)
      }
    }
  }
  return owners
}

/** The hosts of all Webspaces, worked out anew when something has changed and somebody asks. */
@injectable()
export class HostTable implements HostOwners {
  readonly #caches: ResourceCaches
  readonly #addressing: Addressing
  #owners: Map<string, string> | undefined

  constructor(@inject(RESOURCE_CACHES) caches: ResourceCaches, @inject(ADDRESSING) addressing: Addressing) {
    this.#caches = caches
    this.#addressing = addressing
    const forget = (): void => {
      this.#owners = undefined
    }
    // What is written to their status, which is most of what is written, moves no host.
    caches.webspaces.onChange(({ now, before }) => {
      if (now?.metadata.generation !== before?.metadata.generation || now?.metadata.uid !== before?.metadata.uid)
        forget()
    })
    caches.releases.onChange(({ now, before }) => {
      if (now?.status?.phase !== before?.status?.phase) forget()
    })
  }

  ownerOf(host: string): string | undefined {
    this.#owners ??= resolveHosts(this.#caches.webspaces.values(), this.#caches.releases.values(), this.#addressing)
    return this.#owners.get(host)
  }
}

function byAge(a: Webspace, b: Webspace): number {
  const [left, right] = [a.metadata.creationTimestamp ?? '9', b.metadata.creationTimestamp ?? '9']
  return left < right ? -1 : left > right ? 1 : a.metadata.name < b.metadata.name ? -1 : 1
}

import { inject, injectable } from '../plugin/injection.ts'
import type { ResourceCaches } from '../cache/resource-caches.ts'
import { coreError } from '../errors/catalogue.ts'
import { RESOURCE_CACHES } from '../plugin/tokens.ts'
import type { Customer } from '../resources/customer.ts'
import { parseSshKey } from '../resources/ssh-key.ts'
import type { Webspace } from '../resources/webspace.ts'

/** `read` is clone, fetch and archive; `write` is push and whatever changes what is live. */
export type AccessMode = 'read' | 'write'

/**
 * Who may do what. A person is known by the fingerprint of a key that has been proven, and nothing else; what the
 * fingerprint grants is looked up at each command, so that a key added to or removed from a Customer counts at once,
 * also on connections that are open.
 */
@injectable()
export class Access {
  readonly #caches: ResourceCaches
  /** Fingerprint → names of the Customers that list the key. */
  readonly #customersByKey = new Map<string, Set<string>>()

  constructor(@inject(RESOURCE_CACHES) caches: ResourceCaches) {
    this.#caches = caches
    caches.customers.onChange(({ key, now, before }) => this.#reindex(key, now, before))
    for (const customer of caches.customers.values()) this.#reindex(customer.metadata.name, customer, undefined)
  }

  /** Whether any Customer lists this key: the condition for logging in at all. */
  knows(fingerprint: string): boolean {
    return this.#customersByKey.has(fingerprint)
  }

  /** Names of the Customers that list this key, sorted. */
  customersOf(fingerprint: string): string[] {
    return [...(this.#customersByKey.get(fingerprint) ?? [])].sort()
  }

  /** The Webspaces that this key may read, by name. */
  webspacesOf(fingerprint: string): Webspace[] {
    const customers = this.#customersByKey.get(fingerprint)
    if (customers === undefined) return []
    return [...this.#caches.webspaces.values()]
      .filter((webspace) => customers.has(webspace.spec.customer))
      .sort((a, b) => a.metadata.name.localeCompare(b.metadata.name))
  }

  /**
   * The Webspace, if this key may do that with it.
   * @throws WS_ACCESS_DENIED, alike for a repository that does not exist and one of somebody else; WS_SUSPENDED
   */
  authorize(fingerprint: string, name: string, mode: AccessMode): Webspace {
    const webspace = this.#caches.webspaces.get(name)
    const customer = webspace && this.#caches.customers.get(webspace.spec.customer)
    if (
      webspace === undefined ||
      customer === undefined ||
      webspace.metadata.deletionTimestamp !== undefined ||
      this.#customersByKey.get(fingerprint)?.has(customer.metadata.name) !== true
    ) {
      throw coreError('WS_ACCESS_DENIED', `no repository ${JSON.stringify(name.slice(0, 80))} for this key`)
    }
    if (mode === 'write') refuseSuspended(webspace, customer)
    return webspace
  }

  #reindex(name: string, now: Customer | undefined, before: Customer | undefined): void {
    const wanted = fingerprintsOf(now)
    for (const fingerprint of fingerprintsOf(before)) {
      if (wanted.has(fingerprint)) continue
      const customers = this.#customersByKey.get(fingerprint)
      customers?.delete(name)
      if (customers?.size === 0) this.#customersByKey.delete(fingerprint)
    }
    for (const fingerprint of wanted) {
      const customers = this.#customersByKey.get(fingerprint)
      if (customers === undefined) this.#customersByKey.set(fingerprint, new Set([name]))
      else customers.add(name)
    }
  }
}

/** @throws WS_SUSPENDED */
export function refuseSuspended(webspace: Webspace, customer: Customer): void {
  if (customer.spec.suspended) throw coreError('WS_SUSPENDED', `customer ${customer.metadata.name} is suspended`)
  if (webspace.spec.suspended) throw coreError('WS_SUSPENDED', `webspace ${webspace.metadata.name} is suspended`)
}

function fingerprintsOf(customer: Customer | undefined): Set<string> {
  if (customer === undefined || customer.metadata.deletionTimestamp !== undefined) return new Set()
  const keys = customer.spec.sshKeys.map(parseSshKey)
  return new Set(keys.flatMap((result) => ('key' in result ? [result.key.fingerprint] : [])))
}

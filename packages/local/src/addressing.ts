import type { Addressing, ListenAddress } from '@webspaces/core'
import { urlHost } from './router/host.ts'

/** Addresses of one machine. The HTTP one is asked for when needed: a free port is known only once it is taken. */
export class LocalAddressing implements Addressing {
  readonly #http: () => ListenAddress
  readonly #ssh: ListenAddress

  constructor(http: () => ListenAddress, ssh: ListenAddress) {
    this.#http = http
    this.#ssh = ssh
  }

  /** Names below `localhost` lead to the machine itself, without any setting up (RFC 6761 §6.3). */
  defaultDomain(webspace: string): string {
    return `${webspace}.localhost`
  }

  siteUrl(host: string): string {
    const { port } = this.#http()
    return `http://${host}${port === 80 ? '' : `:${port}`}`
  }

  cloneUrl(webspace: string): string {
    const { host, port } = this.#ssh
    return `ssh://git@${urlHost(reachable(host))}:${port}/${webspace}.git`
  }
}

/** "All addresses of this machine" is nowhere to connect to. */
function reachable(host: string): string {
  return host === '0.0.0.0' || host === '::' ? 'localhost' : host
}

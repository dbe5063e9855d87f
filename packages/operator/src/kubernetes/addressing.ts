import type { Addressing, ListenAddress } from '@webspaces/core'

export interface KubernetesAddressingOptions {
  /** A Webspace without a domain is at `NAME.<domain>`. */
  readonly domain: string
  /** Of the sites' URLs: what the ingress controller serves, whoever ends TLS. */
  readonly scheme: 'http' | 'https'
  /** What clone URLs name. */
  readonly git: ListenAddress
}

/** Addresses behind an ingress controller on the scheme's own port, and a git server behind a Service. */
export class KubernetesAddressing implements Addressing {
  readonly #options: KubernetesAddressingOptions

  constructor(options: KubernetesAddressingOptions) {
    this.#options = options
  }

  defaultDomain(webspace: string): string {
    return `${webspace}.${this.#options.domain}`
  }

  siteUrl(host: string): string {
    return `${this.#options.scheme}://${host}`
  }

  cloneUrl(webspace: string): string {
    const { host, port } = this.#options.git
    const authority = host.includes(':') ? `[${host}]` : host
    return `ssh://git@${authority}${port === 22 ? '' : `:${port}`}/${webspace}.git`
  }
}

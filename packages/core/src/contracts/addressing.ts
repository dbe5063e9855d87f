/** Where people find things: the only place that knows ports, schemes and default hosts. */
export interface Addressing {
  /** The host of a Webspace that names no domain: `blog.localhost`. */
  defaultDomain(webspace: string): string
  /** `https://blog.example.com`, `http://blog.localhost:8080`. */
  siteUrl(host: string): string
  /** What `git clone` takes: `ssh://git@127.0.0.1:2222/blog.git`. */
  cloneUrl(webspace: string): string
}

import { readFileSync } from 'node:fs'

/** The files that come with this package, read once when the runtime is made. */
export interface Assets {
  readonly dockerfile: string
  readonly init: string
  readonly collectSite: string
  readonly staticServer: string
}

export function readAssets(): Assets {
  const read = (name: string): string => readFileSync(new URL(`../assets/${name}`, import.meta.url), 'utf8')
  return {
    dockerfile: read('Dockerfile.eta'),
    init: read('init.sh'),
    collectSite: read('collect-site.sh'),
    staticServer: read('static-server.mjs'),
  }
}

import { readFileSync } from 'node:fs'

/** The files that come with this package, read once when the runtime is made. */
export interface Assets {
  readonly dockerfile: string
  readonly apache: string
  readonly ports: string
  readonly ini: string
  readonly router: string
  readonly checkExtensions: string
}

export function readAssets(): Assets {
  const read = (name: string): string => readFileSync(new URL(`../assets/${name}`, import.meta.url), 'utf8')
  return {
    dockerfile: read('Dockerfile.eta'),
    apache: read('apache.conf'),
    ports: read('ports.conf'),
    ini: read('php.ini'),
    router: read('router.php'),
    checkExtensions: read('check-extensions.php'),
  }
}

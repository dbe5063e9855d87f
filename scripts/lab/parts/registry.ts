import { mkdirSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { stringify } from 'yaml'
import { LOOPBACK, PORTS } from '../addresses.ts'
import type { Part } from '../part.ts'
import { partFolder, paths } from '../paths.ts'
import { answersHttp } from '../probe.ts'

/** Where pushed images go. Empty after each `up`. */
export const registry: Part = server('registry', PORTS.registry, resolve(partFolder('registry'), 'storage'))

/** The base images, as a mirror of Docker Hub: a daemon without them pulls them here. */
export const baseImages: Part = server('base-images', PORTS.baseImages, paths.cache.baseImages)

function server(name: string, port: number, storage: string): Part {
  const configFile = resolve(partFolder(name), 'config.yaml')
  return {
    name,
    command: ['docker-registry', 'serve', configFile],
    prepare() {
      mkdirSync(partFolder(name), { recursive: true })
      writeFileSync(configFile, stringify(config(port, storage)))
    },
    isReady: () => answersHttp('http', port, '/v2/'),
    seconds: 15,
  }
}

function config(port: number, storage: string): unknown {
  return {
    version: 0.1,
    log: { level: 'info', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: storage }, delete: { enabled: true } },
    http: { addr: `${LOOPBACK}:${port}` },
  }
}

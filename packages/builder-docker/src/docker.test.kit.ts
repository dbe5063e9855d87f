import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BuildRequest, Clock, Logger } from '@webspaces/core'
import type { BuildInput } from '@webspaces/core/testing'
import { pack } from 'tar-stream'
import { Daemon } from './daemon/daemon.ts'
import type { BuilderKind, DaemonOptions } from './daemon/daemon-options.ts'
import { DockerBuilder } from './docker-builder.ts'
import type { DockerBuilderOptions } from './options.ts'
import { Registry } from './registry/registry.ts'

/** What the tests with a real daemon are given by the environment. */
function fromEnvironment(name: string, meaning: string): string {
  const value = process.env[name] ?? ''
  if (value === '') throw new Error(`${name} is not set: ${meaning}. \`npm run lab up\` starts all that is needed.`)
  return value
}

export const dockerHost = (): string => fromEnvironment('DOCKER_HOST', 'a Docker daemon, unix:// or tcp://')
export const registryHost = (): string => fromEnvironment('REGISTRY', 'host:port of a registry without a password')

/** The daemon over TCP with client certificates. */
export function tlsDaemon(): DaemonOptions {
  const url = fromEnvironment('DOCKER_TLS_HOST', 'a Docker daemon with --tlsverify, tcp://host:port')
  const variable = process.env.DOCKER_TLS_CERT_PATH === undefined ? 'DOCKER_CERT_PATH' : 'DOCKER_TLS_CERT_PATH'
  const folder = fromEnvironment(variable, 'folder with ca.pem, cert.pem and key.pem for it')
  const [ca, cert, key] = ['ca.pem', 'cert.pem', 'key.pem'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  return { url, tls: { ca, cert, key } }
}

export const clock: Clock = { now: () => Date.now(), sleep: (ms, signal) => sleep(ms, undefined, { signal }) }
const ignore = (): void => undefined
export const logger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore, child: () => logger }

/** A base image of one static busybox, made by the tests' own setup (see `ensureBaseImage`). */
export const BASE_IMAGE = 'webspaces-test/busybox:1'

/** Imports the base image from this machine's /bin/busybox, which must be a static one. */
export async function ensureBaseImage(options: DaemonOptions): Promise<void> {
  const { client } = new Daemon(options)
  const found = await client.listImages({ filters: { reference: [BASE_IMAGE] } })
  if (found.length > 0) return
  const busybox = await readFile('/bin/busybox').catch(() => {
    throw new Error('/bin/busybox is missing: install busybox-static')
  })
  const archive = pack()
  archive.entry({ name: 'bin/busybox', mode: 0o755 }, busybox)
  for (const name of ['sh', 'cat', 'echo', 'sleep', 'env', 'dd', 'kill', 'true', 'head', 'tail', 'ls', 'find']) {
    archive.entry({ name: `bin/${name}`, type: 'symlink', linkname: 'busybox' })
  }
  archive.entry({ name: 'tmp/', type: 'directory', mode: 0o1777 })
  archive.finalize()
  const [repo, tag] = BASE_IMAGE.split(':')
  const changes = ['ENV PATH=/bin', 'CMD ["/bin/sh"]']
  const answer = await client.importImage(Readable.from(archive as AsyncIterable<Uint8Array>, { objectMode: false }), {
    repo,
    tag,
    changes,
  })
  for await (const _ of answer as AsyncIterable<unknown>);
}

export interface Bench {
  readonly builder: DockerBuilder
  readonly registry: Registry
  /** Everything that builds of this bench ran has this in its environment. */
  readonly marker: string
  readonly options: DockerBuilderOptions
  readonly input: (command: string, files: Readonly<Record<string, string>>) => BuildInput
  readonly running: () => Promise<number>
}

/** A builder with a part of the registry of its own, so that tests do not see each other's images. */
export function makeBench(
  daemons: readonly DaemonOptions[],
  overrides: Partial<DockerBuilderOptions> = {},
  kind?: BuilderKind,
): Bench {
  const marker = `t${randomBytes(6).toString('hex')}`
  const options: DockerBuilderOptions = {
    daemons: daemons.map((daemon) => (kind === undefined ? daemon : { ...daemon, builder: kind })),
    registry: { address: `${registryHost()}/${marker}` },
    ...overrides,
  }
  return {
    builder: new DockerBuilder({ ...options, clock, logger }),
    registry: new Registry(options.registry),
    marker,
    options,
    input: (command, files) => ({ dockerfile: dockerfile(marker, command), source: () => tar(files) }),
    running: () => runningOn(marker),
  }
}

/** The command as the one step of a build, in the folder of the pushed files. */
function dockerfile(marker: string, command: string): string {
  const lines = [`FROM ${BASE_IMAGE}`, `ENV BUILD_MARKER=${marker}`, 'WORKDIR /app', 'COPY . .', `RUN ${command}`]
  return `${lines.join('\n')}\n`
}

export function tar(files: Readonly<Record<string, string>>): Readable {
  const archive = pack()
  for (const [name, content] of Object.entries(files)) archive.entry({ name }, content).on('error', () => undefined)
  archive.finalize()
  return Readable.from(archive as AsyncIterable<Uint8Array>, { objectMode: false })
}

/** Processes of this machine with the marker in their environment: those that steps of builds run. */
async function runningOn(marker: string): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const environments = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '')))
  return environments.filter((text) => text.includes(`BUILD_MARKER=${marker}`)).length
}

export interface BuildRun {
  readonly image: string
  readonly lines: readonly string[]
}

/** One build, with what it logged: also where it fails, in `lines` as it was given. */
export async function buildOnce(
  bench: Pick<Bench, 'builder'>,
  request: Partial<BuildRequest>,
  io: { readonly signal?: AbortSignal; readonly lines?: string[] } = {},
): Promise<BuildRun> {
  const lines = io.lines ?? []
  const { image } = await bench.builder.build(
    {
      id: 'push-1',
      webspace: 'blog',
      customer: 'acme',
      branch: 'main',
      commit: '0'.repeat(40),
      buildKey: randomBytes(8).toString('hex'),
      dockerfile: `FROM ${BASE_IMAGE}\n`,
      source: () => tar({ 'index.html': 'hello' }),
      // A step that comes from the cache says nothing.
      noCache: true,
      limits: { timeMs: 60_000, contextBytes: 1e9, outputBytes: 1e6 },
      ...request,
    },
    { signal: io.signal ?? new AbortController().signal, log: (line) => void lines.push(line) },
  )
  return { image, lines }
}

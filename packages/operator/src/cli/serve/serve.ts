import { once } from 'node:events'
import { resolve } from 'node:path'
import type { Distribution, ListenAddress, Logger, NetworkPolicyPeer, ReclaimPolicy } from '@webspaces/core'
import { onKubernetes } from '../../distributions/cluster.ts'
import { systemClock } from '../../system/clock.ts'
import type { LogFormat, LogLevel } from '../../system/log-options.ts'
import { createLogger } from '../../system/logger.ts'
import { keepRunningOnClosedPipe } from '../closed-pipe.ts'
import { readyLine, removePlatformFile, writePlatformFile, type PlatformFile } from '../platform/platform-file.ts'
import { choosePorts, refuseOnePortForBoth } from '../platform/ports.ts'
import { listenForStop, startUnlessStopped } from '../platform/stop-request.ts'
import { checkFiles } from './files.ts'
import { addressingOf, configOf, gitRoleOf } from './settings.ts'
import type { Role } from './values.ts'

export interface ServeOptions {
  readonly roles: readonly Role[]
  readonly kubeconfig?: string
  readonly namespace?: string
  readonly host: string
  readonly httpPort: number
  readonly stateFile?: string
  readonly drainSeconds: number
  readonly logLevel: LogLevel
  readonly logFormat: LogFormat

  readonly sshPort: number
  readonly gitAddress?: ListenAddress
  readonly repositories?: string
  readonly hostKey?: string
  readonly docker?: readonly string[]
  readonly dockerCertPath?: string
  readonly registry?: string
  readonly registryConfig?: string
  readonly registryScheme: 'http' | 'https'
  readonly builds: number
  readonly buildsPerCustomer: number
  readonly buildSeconds: number
  readonly buildMemoryMib?: number
  readonly maxTreeMib: number
  readonly reclaimPolicy: ReclaimPolicy

  readonly domain: string
  readonly scheme: 'http' | 'https'
  readonly ingressClass?: string
  readonly ingressAnnotation: Readonly<Record<string, string>>
  readonly ingressFrom: readonly NetworkPolicyPeer[]
  readonly progressDeadline: number
}

/** What the parts that do not drain need to stop. */
const STOP_MS = 10_000

/** `webspaces serve`: runs the roles until it is asked to stop, and then ends the process. */
export async function serve(options: ServeOptions): Promise<void> {
  keepRunningOnClosedPipe()
  const logger = createLogger({
    level: options.logLevel,
    format: options.logFormat,
    write: (lines) => process.stderr.write(lines),
  })
  const stop = listenForStop(logger, systemClock, options.drainSeconds * 1000 + STOP_MS)
  const stateFile = options.stateFile === undefined ? undefined : resolve(options.stateFile)
  if (stateFile !== undefined) {
    removePlatformFile(stateFile) // of a process that was killed
    process.once('exit', () => removePlatformFile(stateFile))
  }
  await checkFiles(options)
  const { platform, file } = await start(options, logger, stop.signal)
  if (!stop.signal.aborted) {
    if (stateFile !== undefined) await writePlatformFile(stateFile, file)
    process.stdout.write(`${readyLine(file)}\n`)
    await once(stop.signal, 'abort')
  }
  await platform.stop()
  logger.info('platform stopped')
  process.exit(stop.exitCode)
}

async function start(
  options: ServeOptions,
  logger: Logger,
  stop: AbortSignal,
): Promise<{ readonly platform: Distribution; readonly file: PlatformFile }> {
  const { host, roles, kubeconfig, namespace } = options
  const git = roles.includes('git') ? gitRoleOf(options) : undefined
  const wanted = { ssh: git === undefined ? 0 : options.sshPort, http: options.httpPort }
  refuseOnePortForBoth(wanted)
  const ports = await choosePorts(host, wanted)
  const http = { host, port: ports.http }
  const ssh = git && { host, port: ports.ssh }
  const platform = await onKubernetes({
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(namespace === undefined ? {} : { namespace }),
    http,
    addressing: addressingOf(options, ssh),
    ...(git === undefined || ssh === undefined ? {} : { git: { ...git, ...ssh } }),
    operator: roles.includes('operator'),
    logger,
    config: configOf(options),
    drainMs: options.drainSeconds * 1000,
  })
  await startUnlessStopped(platform, stop)
  return { platform, file: { ...(ssh === undefined ? {} : { ssh }), http, pid: process.pid } }
}

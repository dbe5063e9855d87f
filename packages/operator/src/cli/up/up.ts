import { mkdir } from 'node:fs/promises'
import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { WebspacesError, type Distribution, type Logger, type ReclaimPolicy } from '@webspaces/core'
import { oneMachine, ONE_MACHINE_CONFIG } from '../../distributions/one-machine.ts'
import { operatorError } from '../../errors.ts'
import { systemClock } from '../../system/clock.ts'
import type { LogFormat, LogLevel } from '../../system/log-options.ts'
import { createLogger } from '../../system/logger.ts'
import { keepRunningOnClosedPipe } from '../closed-pipe.ts'
import { reportFailure } from '../failure.ts'
import { isLoopback } from '../platform/address.ts'
import { readyLine, removePlatformFile, writePlatformFile, type PlatformFile } from '../platform/platform-file.ts'
import { choosePorts, refuseOnePortForBoth } from '../platform/ports.ts'
import { listenForStop, startUnlessStopped } from '../platform/stop-request.ts'
import { lockFolder, type FolderLock } from './folder-lock.ts'

export interface UpOptions {
  readonly dir: string
  readonly host: string
  readonly sshPort: number
  readonly httpPort: number
  readonly reclaimPolicy: ReclaimPolicy
  readonly demo?: boolean
  readonly logLevel: LogLevel
  readonly logFormat: LogFormat
}

/** The platform has 10 s to stop; half a second of them is kept for the end by force. */
const FORCED_AFTER_MS = 9500

/** `webspaces up`: runs the platform until it is asked to stop, and then ends the process. */
export async function up(options: UpOptions): Promise<void> {
  refuseOnePortForBoth({ ssh: options.sshPort, http: options.httpPort })
  const dir = resolve(options.dir)
  keepRunningOnClosedPipe()
  const logger = createLogger({
    level: options.logLevel,
    format: options.logFormat,
    write: (lines) => process.stderr.write(lines),
  })
  const stop = listenForStop(logger, systemClock, FORCED_AFTER_MS)
  const lock = await takeFolder(dir)
  const platformFile = join(dir, 'platform.json')
  process.once('exit', () => {
    removePlatformFile(platformFile)
    lock.release()
  })
  removePlatformFile(platformFile) // of a platform that was killed
  const { platform, file } = await start(dir, options, logger, stop.signal)
  if (!stop.signal.aborted) {
    await writePlatformFile(platformFile, file)
    process.stdout.write(`${readyLine(file)}\n`)
    if (options.demo === true) await runDemo(platform, dir, stop.signal)
  }
  if (!stop.signal.aborted) await once(stop.signal, 'abort')
  await platform.stop()
  logger.info('platform stopped')
  process.exit(stop.exitCode)
}

async function start(
  dir: string,
  options: UpOptions,
  logger: Logger,
  stop: AbortSignal,
): Promise<{ readonly platform: Distribution; readonly file: PlatformFile }> {
  const { host } = options
  const ports = await choosePorts(host, { ssh: options.sshPort, http: options.httpPort })
  const ssh = { host, port: ports.ssh }
  const http = { host, port: ports.http }
  if (!isLoopback(host)) warnOfStrangers(host)
  const config = { ...ONE_MACHINE_CONFIG, reclaimPolicy: options.reclaimPolicy }
  const platform = oneMachine({ dir, ssh, http, logger, config })
  await startUnlessStopped(platform, stop)
  return { platform, file: { ssh, http, pid: process.pid } }
}

/** @throws WS_FOLDER_HELD, WS_FOLDER_UNUSABLE */
async function takeFolder(dir: string): Promise<FolderLock> {
  try {
    // Host key and sites are nobody else's business.
    await mkdir(dir, { recursive: true, mode: 0o700 })
    return await lockFolder(dir, systemClock)
  } catch (error) {
    if (error instanceof WebspacesError) throw error
    throw operatorError('WS_FOLDER_UNUSABLE', `${dir}: ${(error as Error).message}`, { cause: error })
  }
}

/** A failing example is told, and is no reason to take the platform down. */
async function runDemo(platform: Distribution, dir: string, signal: AbortSignal): Promise<void> {
  const { demo } = await import('../demo/demo.ts')
  try {
    await demo({ platform, dir, signal })
  } catch (error) {
    if (!signal.aborted) reportFailure(error)
  }
}

function warnOfStrangers(host: string): void {
  process.stderr.write(
    `WARNING: listening on ${host}, which other machines may reach.\n` +
      '  On one machine sites run as your own user, without isolation from it or from each other.\n' +
      '  List only the keys of people whom you would let log in here.\n',
  )
}

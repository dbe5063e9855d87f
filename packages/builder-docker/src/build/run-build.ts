import { randomUUID } from 'node:crypto'
import { hasCode, WebspacesError, type BuildIo, type Clock } from '@webspaces/core'
import { daemonMessage, statusOf, type Daemon } from '../daemon/daemon.ts'
import { BuildKitSession } from '../daemon/session.ts'
import { DaemonLost } from '../daemon/daemon-lost.ts'
import { BuildKitProgress } from '../progress/buildkit-progress.ts'
import { ClassicProgress } from '../progress/classic-progress.ts'
import { jsonLines, type DaemonMessage } from '../progress/json-lines.ts'
import type { BuildOnDaemon } from './build-on-daemon.ts'
import { buildParameters } from './build-parameters.ts'
import { BuildContext } from './context.ts'
import { dockerfileFor } from './dockerfile.ts'
import { buildError } from './failure.ts'
import { OutputLimit } from './output-limit.ts'
import { daemonTime, sweepClassic } from './sweep.ts'

/** A build that is stopped has this long to end its containers before its connection is cut. */
const SETTLE_MS = 5000

/**
 * One build on one daemon.
 * @returns the image's id
 * @throws DaemonLost, the signal's reason, or a coded error of the build
 */
export async function runBuild(daemon: Daemon, build: BuildOnDaemon, io: BuildIo, clock: Clock): Promise<string> {
  const limited = new OutputLimit(io, build.request.limits.outputBytes)
  const image = await (build.kind === 'buildkit' ? buildKitBuild : classicBuild)(daemon, build, limited, clock)
  limited.signal.throwIfAborted()
  return image
}

async function buildKitBuild(daemon: Daemon, build: BuildOnDaemon, io: OutputLimit, clock: Clock): Promise<string> {
  const id = randomUUID()
  const progress = new BuildKitProgress(io.log, io.received)
  const connection = new AbortController()
  const ended = new AbortController()
  const session = await openSession(daemon, io.signal)
  // Asked to stop, BuildKit ends what runs and then the answer; cut off, it would do so some time later.
  const stop = (): void => {
    cancelBuild(daemon, id, connection.signal)
    clock.sleep(SETTLE_MS, ended.signal).then(
      () => connection.abort(),
      () => undefined,
    )
  }
  io.signal.addEventListener('abort', stop, { once: true })
  try {
    const parameters = { ...buildParameters(build), buildid: id, session: session.id }
    return await follow(daemon, build, parameters, { stop: io.signal, cut: connection.signal }, (message) => {
      if (message.id === 'moby.buildkit.trace') progress.trace(message.aux as string)
      else if (message.error !== undefined) {
        const { failed } = progress
        throw buildError({
          message: message.errorDetail?.message ?? message.error,
          ...(failed === undefined ? {} : { step: failed.name }),
          ...(failed?.baseImage === undefined ? {} : { baseImage: failed.baseImage }),
        })
      }
    })
  } finally {
    io.signal.removeEventListener('abort', stop)
    ended.abort()
    connection.abort()
    session.close()
  }
}

async function classicBuild(daemon: Daemon, build: BuildOnDaemon, io: OutputLimit, clock: Clock): Promise<string> {
  const progress = new ClassicProgress(io.log)
  const since = await timeOf(daemon, io.signal)
  try {
    const parameters = buildParameters(build)
    const image = await follow(daemon, build, parameters, { stop: io.signal, cut: io.signal }, (message) => {
      if (message.stream !== undefined) {
        io.received(Buffer.byteLength(message.stream))
        progress.write(message.stream)
      } else if (message.error !== undefined) {
        progress.end()
        const { message: text = message.error, code: exitCode } = message.errorDetail ?? {}
        const { step } = progress
        throw buildError({
          message: text,
          ...(step === undefined ? {} : { step }),
          ...(exitCode === undefined ? {} : { exitCode }),
        })
      }
    })
    progress.end()
    return image
  } catch (error) {
    if (!(error instanceof DaemonLost)) await sweepClassic(daemon, { progress, since }, clock, SETTLE_MS)
    throw error
  }
}

/**
 * Sends the context and reads the answer to its end. An answer that ends without an image is no build. When `stop`
 * aborts nothing more is sent; when `cut` does, nothing more is read.
 */
async function follow(
  daemon: Daemon,
  build: BuildOnDaemon,
  parameters: Readonly<Record<string, unknown>>,
  { stop, cut }: { readonly stop: AbortSignal; readonly cut: AbortSignal },
  show: (message: DaemonMessage) => void,
): Promise<string> {
  stop.throwIfAborted()
  const context = contextOf(build)
  const endContext = (): void => context.destroy(stop.reason as Error)
  stop.addEventListener('abort', endContext, { once: true })
  let image: string | undefined
  try {
    const answer = await daemon.client.buildImage(context.stream, { ...parameters, abortSignal: cut })
    for await (const message of jsonLines(answer as AsyncIterable<Uint8Array>)) {
      image = imageOf(message) ?? image
      show(message)
    }
  } catch (error) {
    // Why there is no more of the context is why the daemon broke off.
    if (context.error !== undefined) throw context.error
    if (error instanceof WebspacesError) throw error
    throw answerError(daemon, error)
  } finally {
    stop.removeEventListener('abort', endContext)
    context.stream.destroy()
  }
  if (image === undefined) throw new DaemonLost(daemon.url, 'the build ended without an image')
  return image
}

/**
 * An answer that is a status instead of a build. An error of the daemon's own (500 and above) is no word on the build,
 * and another daemon may do; but some builds that failed at once are told so too.
 */
function answerError(daemon: Daemon, error: unknown): Error {
  const status = statusOf(error)
  if (status === undefined) return daemon.lost(error)
  const words = daemonMessage(error)
  const failure = buildError({ message: words })
  const isOfBuild =
    hasCode(failure, 'WS_DOCKER_DOCKERFILE') ||
    hasCode(failure, 'WS_DOCKER_BASE_IMAGE') ||
    (hasCode(failure, 'WS_BUILD_FAILED') && SOLVED.test(words))
  return status < 500 || isOfBuild ? failure : daemon.lost(error)
}

/** How BuildKit begins to tell what became of a build. */
const SOLVED = /^(?:failed to (?:solve|compute)|process "|executor failed)/

function imageOf({ aux }: DaemonMessage): string | undefined {
  if (typeof aux !== 'object' || aux === null || !('ID' in aux)) return undefined
  return typeof aux.ID === 'string' ? aux.ID : undefined
}

function contextOf({ request, ignore, kind }: BuildOnDaemon): BuildContext {
  return new BuildContext({
    source: request.source,
    dockerfile: dockerfileFor(request, kind),
    files: request.plan?.files ?? {},
    ignore,
    maxBytes: request.limits.contextBytes,
  })
}

async function timeOf(daemon: Daemon, signal: AbortSignal): Promise<number> {
  try {
    return await daemonTime(daemon, signal)
  } catch (error) {
    signal.throwIfAborted()
    throw daemon.lost(error)
  }
}

async function openSession(daemon: Daemon, signal: AbortSignal): Promise<BuildKitSession> {
  try {
    return await BuildKitSession.open(daemon, signal)
  } catch (error) {
    signal.throwIfAborted()
    throw daemon.lost(error)
  }
}

function cancelBuild(daemon: Daemon, id: string, abortSignal: AbortSignal): void {
  const options = { id }
  daemon
    .dial({ method: 'POST', path: '/build/cancel?', options, statusCodes: { 200: true, 204: true }, abortSignal })
    // The build has ended already, or the daemon is gone: the connection is cut in a moment anyway.
    .catch(() => undefined)
}

import { coreError } from '@webspaces/core'
import { dockerError } from '../errors.ts'
import { plainLine } from '../progress/lines.ts'

const LONGEST_MESSAGE = 500

export interface BuildFailure {
  /** The daemon's own words. */
  readonly message: string
  /** The instruction that failed. */
  readonly step?: string
  /** Of the command, as far as the daemon tells it apart. */
  readonly exitCode?: number
  readonly baseImage?: string
}

/**
 * What a build ended with, told apart by whose it is to mend. The daemon has one kind of error and says in words what
 * happened; the words here are those of Docker 18.09 to 28, of both builders.
 */
export function buildError(failure: BuildFailure): Error {
  const message = plainLine(failure.message.replace(/\s*\n\s*/g, ' ')).slice(0, LONGEST_MESSAGE)
  const exitCode = failure.exitCode ?? exitCodeOf(message)
  if (exitCode !== undefined) return commandFailed(failure.step, exitCode)

  const [, line, problem = ''] = /dockerfile parse error (?:on )?line (\d+): (.*)/i.exec(message) ?? []
  if (line !== undefined) return dockerError('WS_DOCKER_DOCKERFILE', `Dockerfile, line ${line}: ${problem}`)
  const [needsBuildKit] = /^.* requires BuildKit/i.exec(message) ?? []
  if (needsBuildKit !== undefined) {
    return dockerError('WS_DOCKER_DOCKERFILE', `Dockerfile: ${needsBuildKit}`, {
      remedy: 'Leave it out: this platform builds with the classic builder, which holds builds to their memory.',
    })
  }
  if (DOCKERFILE.test(message)) return dockerError('WS_DOCKER_DOCKERFILE', `Dockerfile: ${withoutLayers(message)}`)

  const baseImage = failure.baseImage ?? baseImageOf(failure.step, message)
  if (baseImage !== undefined) {
    const why = withoutLayers(message).replace(`${baseImage}: `, '')
    return dockerError('WS_DOCKER_BASE_IMAGE', `the base image ${baseImage} cannot be pulled: ${why}`)
  }
  if (PLATFORM.test(message)) return coreError('WS_BUILDER_UNAVAILABLE', `the build broke off: ${message}`)
  const step = failure.step === undefined ? '' : `${failure.step} failed: `
  return coreError('WS_BUILD_FAILED', `${step}${withoutLayers(message)}`)
}

const DOCKERFILE =
  /Dockerfile \(?.*cannot be empty|Dockerfile cannot be empty|should not be blank|no build stage in current context|unknown flag|failed to parse|invalid reference format|file with no instructions|cannot locate specified Dockerfile/i
const PULL =
  /manifest unknown|not found|pull access denied|repository does not exist|no basic auth|unauthorized|authorization failed|forbidden|denied|dial tcp|no such host|connection refused|timeout|deadline exceeded|x509|EOF|HTTP response to HTTPS|no matching manifest|no match for platform|toomanyrequests/i
/** Nothing that a Dockerfile can bring about. */
const PLATFORM =
  /no space left on device|context canceled|transport is closing|code = Unavailable|no active session|input\/output error|read-only file system/i

function exitCodeOf(message: string): number | undefined {
  const found =
    /(?:executor failed running|did not complete successfully).*: exit code: (\d+)/.exec(message) ??
    /returned a non-zero code: (\d+)/.exec(message)
  return found === null ? undefined : Number(found[1])
}

function commandFailed(step: string | undefined, exitCode: number): Error {
  const killed = exitCode === 137 ? ': it was killed, most likely because it used more memory than it may' : ''
  return coreError('WS_BUILD_FAILED', `${step ?? 'a command'} exited with code ${exitCode}${killed}`)
}

/** The image of a FROM that could not be had. `COPY --from=image` pulls one too. */
function baseImageOf(step: string | undefined, message: string): string | undefined {
  if (!PULL.test(message)) return undefined
  const [, classic] = /^FROM\s+(?:--\S+\s+)*(\S+)/i.exec(step ?? '') ?? []
  if (classic !== undefined) return classic
  const [, buildKit] = /(?:LLB definition|gateway\.v0): (\S+?): (?!lookup|dial)/.exec(message) ?? []
  return buildKit
}

/** BuildKit tells the whole way that an error came; the end of it is what happened. */
function withoutLayers(message: string): string {
  return message.replace(/^(?:failed to solve(?: with frontend \S+)?: |failed to create LLB definition: )+/, '')
}

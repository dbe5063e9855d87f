import { coreError } from '@webspaces/core'
import { dockerError } from '../errors.ts'
import { joinLines } from '../progress/lines.ts'

/** Characters that are shown. */
const LONGEST_MESSAGE = 500
const LONGEST_STEP = 200
/** Characters that are looked at, half of them from each end: a customer's command may lie between, of any length. */
const LONGEST_TEXT = 16_384

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
  const { whole, message } = read(failure.message)
  const exitCode = failure.exitCode ?? exitCodeOf(message)
  if (exitCode !== undefined) return commandFailed(failure.step, exitCode)
  if (message !== whole) return endOfCommand(failure.step, message)

  const [, line, problem = ''] = /dockerfile parse error (?:on )?line (\d+): (.*)/i.exec(message) ?? []
  if (line !== undefined) return dockerError('WS_DOCKER_DOCKERFILE', `Dockerfile, line ${line}: ${shown(problem)}`)
  const [needsBuildKit] = /^.* requires BuildKit/i.exec(message) ?? []
  if (needsBuildKit !== undefined) {
    return dockerError('WS_DOCKER_DOCKERFILE', `Dockerfile: ${shown(needsBuildKit)}`, {
      remedy: 'Leave it out: this platform builds with the classic builder, which holds builds to their memory.',
    })
  }
  const words = withoutLayers(message)
  if (DOCKERFILE.test(message)) return dockerError('WS_DOCKER_DOCKERFILE', `Dockerfile: ${shown(words)}`)

  if (PLATFORM.test(message)) return brokeOff(message)
  const baseImage = failure.baseImage ?? baseImageOf(failure.step, message)
  if (baseImage !== undefined) {
    const why = words.replace(`${baseImage}: `, '')
    return dockerError('WS_DOCKER_BASE_IMAGE', `the base image ${baseImage} cannot be pulled: ${shown(why)}`)
  }
  return failed(failure.step, words)
}

/** What the daemon says of a command, and what it says without the command's own text. */
function read(text: string): { readonly whole: string; readonly message: string } {
  const bounded =
    text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT / 2)} … ${text.slice(-LONGEST_TEXT / 2)}` : text
  const whole = joinLines(bounded)
  const [begin] = /process "|executor failed running \[/.exec(whole) ?? []
  if (begin === undefined) return { whole, message: whole }
  const end = begin.startsWith('process') ? '" did not complete successfully: ' : ']: '
  // The last one: before it is the command, which may hold the same words.
  const at = whole.lastIndexOf(end)
  return { whole, message: at === -1 ? whole : whole.slice(at + end.length) }
}

/** A command that was not run to its end, or not at all. */
function endOfCommand(step: string | undefined, why: string): Error {
  return PLATFORM.test(why) ? brokeOff(why) : failed(step, why)
}

function brokeOff(why: string): Error {
  return coreError('WS_BUILDER_UNAVAILABLE', `the build broke off: ${shown(why)}`)
}

function failed(step: string | undefined, why: string): Error {
  return coreError('WS_BUILD_FAILED', `${step === undefined ? '' : `${shownStep(step)} failed: `}${shown(why)}`)
}

function shown(text: string): string {
  return text.slice(0, LONGEST_MESSAGE)
}

function shownStep(step: string): string {
  return step.length > LONGEST_STEP ? `${step.slice(0, LONGEST_STEP)}…` : step
}

const DOCKERFILE =
  /Dockerfile \(?.*cannot be empty|Dockerfile cannot be empty|should not be blank|no build stage in current context|unknown flag|failed to parse|invalid reference format|file with no instructions|cannot locate specified Dockerfile/i
const PULL =
  /manifest unknown|not found|pull access denied|repository does not exist|no basic auth|unauthorized|authorization failed|forbidden|denied|dial tcp|no such host|connection refused|timeout|deadline exceeded|x509|EOF|HTTP response to HTTPS|no matching manifest|no match for platform|toomanyrequests/i
/** Nothing that a Dockerfile can bring about. */
const PLATFORM =
  /no space left on device|context canceled|transport is closing|code = Unavailable|no active session|input\/output error|read-only file system/i

function exitCodeOf(message: string): number | undefined {
  const found = /^exit code: (\d+)/.exec(message) ?? /returned a non-zero code: (\d+)$/.exec(message)
  return found === null ? undefined : Number(found[1])
}

function commandFailed(step: string | undefined, exitCode: number): Error {
  const killed = exitCode === 137 ? ': it was killed, most likely because it used more memory than it may' : ''
  return coreError(
    'WS_BUILD_FAILED',
    `${step === undefined ? 'a command' : shownStep(step)} exited with code ${exitCode}${killed}`,
  )
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

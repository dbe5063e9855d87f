import { coreError, type BuildIo, type BuildLimits, type Clock } from '@webspaces/core'

/** Holds one build to its time and its output: what it logs goes through here, and its signal aborts when it is over. */
export class BuildGuard implements BuildIo {
  /** Aborts with the caller's reason, or with WS_BUILD_TIMEOUT or WS_BUILD_OUTPUT. */
  readonly signal: AbortSignal
  readonly #over = new AbortController()
  readonly #ended = new AbortController()
  readonly #io: BuildIo
  #bytesLeft: number

  constructor(io: BuildIo, limits: BuildLimits, clock: Clock) {
    this.#io = io
    this.#bytesLeft = limits.outputBytes
    this.signal = AbortSignal.any([io.signal, this.#over.signal])
    clock.sleep(limits.timeMs, this.#ended.signal).then(
      () => this.#over.abort(coreError('WS_BUILD_TIMEOUT', `the build took longer than ${limits.timeMs / 1000} s`)),
      () => undefined,
    )
  }

  readonly log = (line: string): void => {
    if (this.signal.aborted) return
    this.#bytesLeft -= Buffer.byteLength(line) + 1
    if (this.#bytesLeft >= 0) this.#io.log(line)
    else this.#over.abort(coreError('WS_BUILD_OUTPUT', 'the build wrote more output than is allowed'))
  }

  end(): void {
    this.#ended.abort()
  }
}

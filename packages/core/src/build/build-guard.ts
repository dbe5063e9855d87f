import type { BuildIo, BuildLimits } from '../contracts/builder.ts'
import type { Clock } from '../contracts/system.ts'
import { coreError } from '../errors/catalogue.ts'

/**
 * For authors of Builders: holds one build to its time and its output. What it logs goes through here, and its signal
 * aborts when it is over.
 */
export class BuildGuard implements BuildIo {
  /** Aborts with the caller's reason, or with WS_BUILD_TIMEOUT or WS_BUILD_OUTPUT. */
  readonly signal: AbortSignal
  readonly #stop = new AbortController()
  readonly #ended = new AbortController()
  readonly #io: BuildIo
  #bytesLeft: number

  constructor(io: BuildIo, limits: BuildLimits, clock: Clock) {
    this.#io = io
    this.#bytesLeft = limits.outputBytes
    this.signal = AbortSignal.any([io.signal, this.#stop.signal])
    clock.sleep(limits.timeMs, this.#ended.signal).then(
      () => this.#stop.abort(coreError('WS_BUILD_TIMEOUT', `the build took longer than ${limits.timeMs / 1000} s`)),
      () => undefined,
    )
  }

  readonly log = (line: string): void => {
    if (this.signal.aborted) return
    this.#bytesLeft -= Buffer.byteLength(line) + 1
    if (this.#bytesLeft >= 0) this.#io.log(line)
    else this.#stop.abort(coreError('WS_BUILD_OUTPUT', 'the build wrote more output than is allowed'))
  }

  /** The build is over: stops the clock. */
  end(): void {
    this.#ended.abort()
  }
}

import { coreError, type BuildIo } from '@webspaces/core'

/**
 * Holds a build to its output as it arrives. What is shown of it is less: of a line that draws over itself only the end,
 * of colours nothing at all, and without this a build could write those for as long as it may take.
 */
export class OutputLimit implements BuildIo {
  /** Aborts with the caller's reason, or with WS_BUILD_OUTPUT. */
  readonly signal: AbortSignal
  readonly #io: BuildIo
  readonly #stop = new AbortController()
  #bytesLeft: number

  constructor(io: BuildIo, bytes: number) {
    this.#io = io
    this.signal = AbortSignal.any([io.signal, this.#stop.signal])
    this.#bytesLeft = bytes
  }

  readonly log = (line: string): void => {
    if (!this.signal.aborted) this.#io.log(line)
  }

  readonly received = (bytes: number): void => {
    this.#bytesLeft -= bytes
    if (this.#bytesLeft < 0) {
      this.#stop.abort(coreError('WS_BUILD_OUTPUT', 'the build wrote more output than is allowed'))
    }
  }
}

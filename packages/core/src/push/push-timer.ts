import type { PhaseResult, PushObserver, PushPhase } from '../contracts/push-observer.ts'
import type { Clock } from '../contracts/system.ts'
import { WebspacesError } from '../errors/error.ts'
import { inject, injectable } from '../plugin/injection.ts'
import { CLOCK, PUSH_OBSERVER } from '../plugin/tokens.ts'

/** For a distribution that measures nothing. */
export const NO_OBSERVER: PushObserver = { phaseEnded: () => undefined }

/** Measures the phases of pushes. */
@injectable()
export class PushTimer {
  constructor(
    @inject(CLOCK) private readonly clock: Pick<Clock, 'now'>,
    @inject(PUSH_OBSERVER) private readonly observer: PushObserver,
  ) {}

  /** Runs one phase and tells how it ended: as `resultOf` says of what it returned, or by the code of what it threw. */
  async time<T>(
    phase: PushPhase,
    work: () => Promise<T>,
    resultOf: (value: T) => PhaseResult = () => 'success',
  ): Promise<T> {
    const start = this.clock.now()
    let result: PhaseResult = 'WS_INTERNAL'
    try {
      const value = await work()
      result = resultOf(value)
      return value
    } catch (error) {
      if (error instanceof WebspacesError) result = error.code
      throw error
    } finally {
      this.observer.phaseEnded(phase, result, this.clock.now() - start)
    }
  }
}

import type { Part } from '@webspaces/core'
import type { HealthCheck } from './check.ts'

/**
 * Whether all parts have started and none is being stopped. The last part to start, and so the first to stop: nobody is
 * sent here who would be turned away.
 */
export class Readiness implements Part, HealthCheck {
  readonly name = 'started'
  readonly stage = 'intake'
  #state: 'starting' | 'started' | 'stopping' = 'starting'

  start(): Promise<void> {
    this.#state = 'started'
    return Promise.resolve()
  }

  stop(): Promise<void> {
    this.#state = 'stopping'
    return Promise.resolve()
  }

  readonly check = (): string => {
    if (this.#state !== 'started') throw new Error(this.#state)
    return this.#state
  }
}

import { token, type Token } from '@webspaces/core'

/** Where a controller stands. */
export interface ControllerState {
  /** Keys that wait for a worker. */
  readonly waiting: number
  /** How long each key that has a worker has had it. Milliseconds. */
  readonly working: readonly number[]
}

export interface ObservedController {
  /** The reconciler's name. */
  readonly name: string
  /** Keys that are worked on at one time, at the most. */
  readonly workers: number
  state(): ControllerState
}

/** How a reconcile ended, in the words of controller-runtime. */
export const RECONCILE_RESULTS = ['success', 'requeue_after', 'error'] as const
export type ReconcileEnd = (typeof RECONCILE_RESULTS)[number]

/** Is told what one controller does. Returns at once and never throws. */
export interface ControllerMeter {
  /** A key was put in the queue. One that waits already is not put there again. */
  queued(): void
  /** A worker took a key. */
  taken(waitedMs: number): void
  /** A worker is done with a key. */
  reconciled(end: ReconcileEnd, tookMs: number): void
}

/** Measures controllers: called once for each, before it begins. */
export type ControllerObserver = (controller: ObservedController) => ControllerMeter

export const CONTROLLER_OBSERVER: Token<ControllerObserver> = token('ControllerObserver (of the plugin metrics)')

export const NO_METER: ControllerMeter = {
  queued: () => undefined,
  taken: () => undefined,
  reconciled: () => undefined,
}

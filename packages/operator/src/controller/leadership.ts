import { token, type Token } from '@webspaces/core'

/**
 * Decides which of several processes changes the cluster.
 *
 * Every implementer promises that terms of two processes do not overlap, as far as clocks that run at the same speed
 * can assure it: a term's signal aborts before another process can begin one.
 */
export interface Leadership {
  /** Whether a term of this process goes on. */
  readonly leading: boolean
  /**
   * Resolves when a term of this process begins, with the signal that aborts at its end.
   * @throws the signal's reason
   */
  term(signal: AbortSignal): Promise<AbortSignal>
}

/** Where no plugin provides it, this process is the only one. */
export const LEADERSHIP: Token<Leadership> = token('Leadership')

export const ALONE: Leadership = { leading: true, term: (signal) => Promise.resolve(signal) }

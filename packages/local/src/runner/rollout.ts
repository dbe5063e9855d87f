/** What a rollout decides by. */
export interface Candidate {
  /**
   * - `current`: of the template in the spec.
   * - `fallback`: of the one that last worked; kept until the current one does, also if it is not ready just now.
   * - `superseded`: of any other; worth keeping only while it serves.
   */
  readonly role: 'current' | 'fallback' | 'superseded'
  readonly ready: boolean
}

export interface RolloutStep<T> {
  /** How many of the current template to start. */
  readonly start: number
  readonly stop: readonly T[]
}

/** Replicas above the wanted number during a rollout, as `maxSurge: 1`. */
const SURGE = 1

/**
 * The next step of a rolling update without an unavailable replica (`maxUnavailable: 0`): one new replica more than
 * wanted is started, and for each that is ready an old one may go. `replicas` are those that are not being stopped,
 * oldest first.
 */
export function nextStep<T extends Candidate>(wanted: number, replicas: readonly T[]): RolloutStep<T> {
  const readyFirst = replicas.toSorted((a, b) => Number(b.ready) - Number(a.ready))
  const current = readyFirst.filter(({ role }) => role === 'current')
  const others = readyFirst
    .filter(({ role, ready }) => ready || role === 'fallback')
    .filter(({ role }) => role !== 'current')
  const readyCurrent = current.filter(({ ready }) => ready).length
  const kept = new Set([...current.slice(0, wanted), ...others.slice(0, Math.max(0, wanted - readyCurrent))])
  const missing = Math.max(0, wanted - current.length)
  const room = wanted + SURGE - kept.size
  return { start: Math.max(0, Math.min(missing, room)), stop: replicas.filter((replica) => !kept.has(replica)) }
}

import { WebspacesError } from '@webspaces/core'
import { isUnknownKind, StatusError } from './status-error.ts'

export interface Failure {
  readonly error: unknown
  /** How often it was tried by now. */
  readonly tries: number
  readonly repeatable: boolean
  /** Whether credentials that were read anew were refused before. */
  readonly refusedBefore?: boolean
}

const MAX_TRIES = 12
const FIRST_MS = 100
const LONGEST_MS = 4000
/** A server that wants us away for longer than this is told of, not waited for. */
const LONGEST_RETRY_AFTER_MS = 15_000

/** Failures to connect: nothing was sent. */
const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])
/** The server tells so before it begins (API priority and fairness, and the limits before it). */
const TURNED_AWAY = 429

/** What custom resources are answered with, as 503, until the server has read their definitions (crdHandler). */
const STARTING = 'server is starting'

/** How long to wait before the request is sent again, or undefined where that is of no use or not safe. Milliseconds. */
export function retryDelay(
  { error, tries, repeatable, refusedBefore = false }: Failure,
  random: () => number = Math.random,
): number | undefined {
  if (tries >= MAX_TRIES) return undefined
  if (!isTransient(error, tries, refusedBefore) || !(repeatable || neverBegun(error))) return undefined
  const asked = error instanceof StatusError ? (error.retryAfterMs ?? 0) : 0
  if (asked > LONGEST_RETRY_AFTER_MS) return undefined
  // Jitter spreads those who were turned away together; never sooner than asked.
  const own = Math.min(FIRST_MS * 2 ** (tries - 1), LONGEST_MS) * (0.5 + random() / 2)
  return asked + own
}

function isTransient(error: unknown, tries: number, refusedBefore: boolean): boolean {
  if (error instanceof WebspacesError) return false
  if (!(error instanceof StatusError)) return true
  // Once, with credentials read anew.
  if (error.code === 401) return !refusedBefore
  // As often a webhook or a defect that stays as one that passes.
  if (error.code === 500) return tries < 3
  // For the two or three seconds in which a server that was just started may not know its custom resources yet: until it
  // has read their APIServices it answers as if they did not exist (kubernetes#115241).
  if (isUnknownKind(error)) return tries < 6
  return error.code === TURNED_AWAY || error.code > 500
}

function neverBegun(error: unknown): boolean {
  if (error instanceof StatusError) {
    return error.code === TURNED_AWAY || error.code === 401 || error.status.message === STARTING || isUnknownKind(error)
  }
  return NOT_SENT.has(String((error as { code?: unknown }).code))
}

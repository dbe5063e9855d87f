import { token, type Token } from '@webspaces/core'

/** A request that was sent to the API server, each repetition by itself. */
export interface SentRequest {
  readonly method: string
  /** With the port, if it is not the scheme's own. */
  readonly host: string
  /** The status of the answer, or `<error>` where there was none. */
  readonly code: string
}

/** Is told of every request once it has been answered or has failed. Returns at once and never throws. */
export type RequestObserver = (request: SentRequest) => void

export const REQUEST_OBSERVER: Token<RequestObserver> = token('RequestObserver (of the plugin metrics)')

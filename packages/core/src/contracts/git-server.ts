/**
 * Speaks git to customers.
 *
 * Every implementer promises:
 * - Nobody gets an identity without having proven a key that a Customer lists now, and no access that
 *   `Access` does not grant at the time of the command.
 * - An unknown repository and a forbidden one answer alike.
 * - Every push goes through the PushReceiver, all refs of it in one call, before a ref moves.
 * - A client that goes away takes with it all that ran for it.
 * - Connections, sessions, time and sizes are bounded.
 */
export interface GitServer {
  /** Starts accepting. @throws WS_START_FAILED with the reason (port taken), or a code of its own. */
  listen(): Promise<void>
  /** Where it listens; the port is the real one where 0 was asked for. Undefined before `listen`. */
  readonly address: ListenAddress | undefined
  /** Accepts nothing new, lets what runs finish until the signal aborts, then ends it. */
  close(signal: AbortSignal): Promise<void>
}

export interface ListenAddress {
  readonly host: string
  readonly port: number
}

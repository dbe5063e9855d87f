/**
 * The clock. Core has none of its own, so that every rule about time can be tested without waiting.
 */
export interface Clock {
  /** Now, in milliseconds since the epoch. */
  now(): number
  /**
   * Resolves after `milliseconds`.
   * @throws the signal's reason as soon as it aborts.
   */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>
}

/** Makes short unique ids (URL-safe, at least 64 bits): push ids, uids. */
export type NewId = () => string

/**
 * A structured log. The message is constant and in the past tense; everything that varies is a field.
 * Fields never hold a secret, a private key or an unfiltered line from a client.
 *
 * Every implementer promises never to throw: what is logged is often that something else has failed.
 */
export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  /** A logger that adds these fields to every line. */
  child(fields: LogFields): Logger
}

/** `error` is logged with its code, message, cause and stack. */
export type LogFields = Readonly<Record<string, unknown>>

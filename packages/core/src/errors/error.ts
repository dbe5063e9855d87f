/** A stable, greppable error code. Codes are never renamed; scripts and dashboards rely on them. */
export type ErrorCode = `WS_${string}`

/** What the reference documentation says about a code. */
export interface ErrorEntry {
  /** What has happened, in one sentence that holds for every use of the code. */
  readonly meaning: string
  /** What the reader can do about it. */
  readonly remedy: string
}

export interface ErrorOptions {
  /** Replaces the catalogue's remedy where the place of the throw knows better. */
  readonly remedy?: string
  readonly cause?: unknown
  /** Facts for logs (field path, name, limit). Never a secret. */
  readonly details?: Readonly<Record<string, unknown>>
}

/** The one error class: a code to rely on, what happened (`message`), and what to do (`remedy`). */
export class WebspacesError extends Error {
  override readonly name = 'WebspacesError'
  readonly code: ErrorCode
  readonly remedy: string
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message: string, options: ErrorOptions & { readonly remedy: string }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.remedy = options.remedy
    this.details = options.details ?? {}
  }
}

/** Makes errors of one catalogue; a code that is not in it does not compile. */
export interface ErrorFactory<C extends ErrorCode> {
  (code: C, message: string, options?: ErrorOptions): WebspacesError
  readonly entries: Readonly<Record<C, ErrorEntry>>
}

/**
 * Declares a package's codes. Each package has one catalogue, in its `errors.ts`; the list in
 * docs/reference is generated from all of them.
 */
export function defineErrors<const C extends ErrorCode>(entries: Readonly<Record<C, ErrorEntry>>): ErrorFactory<C> {
  const create = (code: C, message: string, options: ErrorOptions = {}): WebspacesError =>
    new WebspacesError(code, message, { ...options, remedy: options.remedy ?? entries[code].remedy })
  return Object.assign(create, { entries })
}

/** True for a {@link WebspacesError} that carries one of the given codes. */
export function hasCode(error: unknown, ...codes: readonly ErrorCode[]): error is WebspacesError {
  return error instanceof WebspacesError && codes.includes(error.code)
}

/** The lines that a person is shown: the code and what happened, then what to do. */
export function describeError(error: unknown): string[] {
  if (error instanceof WebspacesError) {
    return [`${error.code}: ${error.message}`, ...(error.remedy === '' ? [] : [`  ${error.remedy}`])]
  }
  return [`WS_INTERNAL: ${error instanceof Error ? error.message : String(error)}`]
}

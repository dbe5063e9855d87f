import { coreError, type WebspacesError } from '@webspaces/core'

/** What an API server answers when it does not do what was asked: `Status` of meta/v1. */
export interface Status {
  readonly kind?: string
  readonly code?: number
  readonly reason?: string
  readonly message?: string
  readonly details?: {
    readonly name?: string
    readonly kind?: string
    readonly retryAfterSeconds?: number
    readonly causes?: readonly { readonly field?: string; readonly message?: string; readonly reason?: string }[]
  }
}

/** An answer that is no success. `cause` of the coded error, for who has to tell 410 from 429. */
export class StatusError extends Error {
  override readonly name = 'StatusError'

  constructor(
    readonly code: number,
    readonly status: Status,
    /** From the header or the body. */
    readonly retryAfterMs?: number,
  ) {
    super(status.message ?? `the API server answered ${code}`)
  }
}

/**
 * The coded error for an answer of the API server.
 * @param subject what was to be done to what, for the message: `apply Webspace "blog"`
 */
export function statusError(error: StatusError, subject: string): WebspacesError {
  const { code, status } = error
  const message = `${subject}: ${error.message}`
  const options = { cause: error, details: { status: code, reason: status.reason, fields: fieldsOf(status) } }
  switch (code) {
    case 404:
      if (!isUnknownKind(error)) return coreError('WS_NOT_FOUND', message, options)
      return coreError('WS_NOT_FOUND', `${subject}: the cluster does not know this kind`, {
        ...options,
        remedy: 'Install the custom resource definitions: webspaces manifests --only crds | kubectl apply -f -',
      })
    case 409:
      return coreError(status.reason === 'AlreadyExists' ? 'WS_ALREADY_EXISTS' : 'WS_CONFLICT', message, options)
    case 401:
      return coreError('WS_FORBIDDEN', `${subject}: the cluster does not know who we are (401)`, {
        ...options,
        remedy: 'Check the credentials in the kubeconfig, or the service account of the pod.',
      })
    case 403:
      return coreError('WS_FORBIDDEN', message, options)
    default:
      if (code === 429 || code >= 500 || code === 410) return coreError('WS_UNAVAILABLE', message, options)
      return coreError('WS_INVALID', message, options)
  }
}

/**
 * An object that is not there is named; a path that is not there is a kind that the server does not have, or has not read
 * the definition of since it was started.
 */
export function isUnknownKind({ code, status }: StatusError): boolean {
  return code === 404 && status.details?.name === undefined
}

/** The error for a request that got no answer, or half of one. */
export function connectionError(cause: unknown, subject: string, server: string): WebspacesError {
  return coreError('WS_UNAVAILABLE', `${subject}: ${server} ${describe(cause)}`, { cause })
}

export function httpStatusOf(error: unknown): number | undefined {
  if (error instanceof StatusError) return error.code
  return error instanceof Error && error.cause instanceof StatusError ? error.cause.code : undefined
}

function fieldsOf({ details }: Status): string[] {
  return (details?.causes ?? []).flatMap(({ field }) => (field === undefined ? [] : [field]))
}

function describe(cause: unknown): string {
  const { code, name, message } = cause as { code?: unknown; name?: unknown; message?: unknown }
  if (code === 'ECONNREFUSED') return 'takes no connection'
  if (name === 'TimeoutError' || code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
    return 'did not answer in time'
  }
  return `cannot be reached: ${String(message ?? cause)}`
}

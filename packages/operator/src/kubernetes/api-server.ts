import { setTimeout as sleep } from 'node:timers/promises'
import type { Dispatcher } from 'undici'
import { coreError, WebspacesError } from '@webspaces/core'
import type { Connection } from './connection.ts'
import { urlOf, type ApiRequest } from './request.ts'
import type { RequestObserver } from './request-observer.ts'
import { retryDelay, type Failure } from './retry.ts'
import { connectionError, statusError, StatusError, type Status } from './status-error.ts'

export interface RequestLimits {
  /** One try, from the first byte sent to the last received. Milliseconds. */
  readonly tryMs: number
  /** All tries of one request together. Milliseconds. */
  readonly totalMs: number
  /** Of one answer: a page of a list is the largest. Bytes. */
  readonly answerBytes: number
}

const REQUEST_LIMITS: RequestLimits = { tryMs: 15_000, totalMs: 30_000, answerBytes: 64 * 1024 * 1024 }

/** How long the server may say nothing. Milliseconds; 0 is for ever. */
export interface Silence {
  readonly headersMs: number
  readonly idleMs: number
}

/**
 * One connection for each watch, so that a dead one takes no other with it; for small answers it is also quicker than
 * undici's HTTP/2. Its agents take the option with each request, though their types do not know.
 */
interface Http1Only {
  readonly allowH2: false
}

/** An answer that is read as it comes. Whoever opened it reads it to its end or destroys it. */
export type OpenBody = Dispatcher.ResponseData['body']

/** Sends requests to the API server: each bounded in time and size, tried again where that is safe, failures coded. */
export class ApiServer {
  readonly #connection: Connection
  readonly #limits: RequestLimits
  readonly #observe: RequestObserver
  readonly #closing = new AbortController()

  /** @param observe left out: nothing is measured */
  constructor(connection: Connection, limits: Partial<RequestLimits> = {}, observe: RequestObserver = () => undefined) {
    this.#connection = connection
    this.#limits = { ...REQUEST_LIMITS, ...limits }
    this.#observe = observe
  }

  /**
   * @throws WS_NOT_FOUND, WS_ALREADY_EXISTS, WS_CONFLICT, WS_INVALID, WS_FORBIDDEN, WS_UNAVAILABLE; the signal's reason
   */
  async request<T>(request: ApiRequest, givenUp?: AbortSignal): Promise<T> {
    const signal = this.#orClosed(givenUp)
    const deadline = performance.now() + this.#limits.totalMs
    let refusedBefore = false
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#try<T>(request, signal)
      } catch (error) {
        signal.throwIfAborted()
        const failure: Failure = { error, tries, repeatable: request.repeatable, refusedBefore }
        const delay = retryDelay(failure)
        if (delay === undefined || performance.now() + delay > deadline) throw this.#coded(error, request)
        if (error instanceof StatusError && error.code === 401) {
          refusedBefore = true
          this.#connection.renew()
        }
        // The only thing that ends it early is the signal, whose reason is thrown.
        await sleep(delay, undefined, { signal }).catch(() => undefined)
        signal.throwIfAborted()
      }
    }
  }

  /**
   * Sends a request once and hands over the body of the answer, however long it lasts.
   * @throws as {@link request}
   */
  async open(request: ApiRequest, givenUp: AbortSignal, silence: Partial<Silence> = {}): Promise<OpenBody> {
    const signal = this.#orClosed(givenUp)
    try {
      const answer = await this.#send(request, signal, { headersMs: this.#limits.tryMs, idleMs: 0, ...silence })
      if (answer.statusCode === 200) return answer.body
      throw await this.#failure(answer)
    } catch (error) {
      signal.throwIfAborted()
      // The next one who tries has other credentials.
      if (error instanceof StatusError && error.code === 401) this.#connection.renew()
      throw this.#coded(error, request)
    }
  }

  /** Ends every request at once, those that last as well, and lets none begin. */
  async close(): Promise<void> {
    this.#closing.abort(coreError('WS_UNAVAILABLE', 'the connection to the API server has been closed'))
    await this.#connection.close()
  }

  #orClosed(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.#closing.signal : AbortSignal.any([this.#closing.signal, signal])
  }

  async #try<T>(request: ApiRequest, signal: AbortSignal): Promise<T> {
    const either = AbortSignal.any([AbortSignal.timeout(this.#limits.tryMs), signal])
    const answer = await this.#send(request, either, { headersMs: this.#limits.tryMs, idleMs: this.#limits.tryMs })
    if (answer.statusCode >= 300) throw await this.#failure(answer)
    return JSON.parse(await this.#read(answer.body)) as T
  }

  async #send(request: ApiRequest, signal: AbortSignal, silence: Silence): Promise<Dispatcher.ResponseData> {
    const { dispatcher, headers } = await this.#connection.access()
    const url = new URL(urlOf(this.#connection.server, request))
    const options: Dispatcher.RequestOptions & Http1Only = {
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: request.method,
      headers: {
        ...headers,
        accept: 'application/json',
        'user-agent': 'webspaces',
        ...(request.body === undefined ? {} : { 'content-type': request.contentType ?? 'application/json' }),
      },
      body: request.body === undefined ? null : JSON.stringify(request.body),
      signal,
      headersTimeout: silence.headersMs,
      bodyTimeout: silence.idleMs,
      allowH2: false,
    }
    let code = '<error>'
    try {
      const answer = await dispatcher.request(options)
      code = String(answer.statusCode)
      return answer
    } finally {
      this.#observe({ method: request.method, host: url.host, code })
    }
  }

  async #failure({ statusCode, headers, body }: Dispatcher.ResponseData): Promise<StatusError> {
    const status = parseStatus(await this.#read(body))
    const header = Number(headers['retry-after'])
    const seconds = Number.isFinite(header) ? header : status.details?.retryAfterSeconds
    return new StatusError(statusCode, status, seconds === undefined ? undefined : seconds * 1000)
  }

  async #read(body: OpenBody): Promise<string> {
    const chunks: Buffer[] = []
    let bytes = 0
    for await (const chunk of body as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > this.#limits.answerBytes) {
        throw coreError('WS_UNAVAILABLE', `the API server answered with more than ${this.#limits.answerBytes} bytes`)
      }
      chunks.push(chunk)
    }
    return Buffer.concat(chunks).toString('utf8')
  }

  #coded(error: unknown, { subject }: ApiRequest): Error {
    if (error instanceof WebspacesError) return error
    if (error instanceof StatusError) return statusError(error, subject)
    return connectionError(error, subject, this.#connection.server)
  }
}

/** A proxy in between may answer with something else than a Status. */
function parseStatus(text: string): Status {
  try {
    const status: unknown = JSON.parse(text)
    if (typeof status === 'object' && status !== null && (status as Status).kind === 'Status') return status
  } catch {
    // Told below.
  }
  const start = text.trim().slice(0, 200)
  return start === '' ? {} : { message: start }
}

import type { BuildLimits } from '@webspaces/core'
import Docker from 'dockerode'
import { connectionOptions } from './connection.ts'
import type { BuilderKind, DaemonOptions } from './daemon-options.ts'
import { DaemonLost } from './daemon-lost.ts'

/** Long enough for a daemon under load, short enough for a pusher who waits. */
const PING_MS = 5000
/** BuildKit has been part of the daemon's stable API since Docker 18.09. */
const BUILDKIT_API = [1, 39] as const

interface DialOptions {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly options?: Readonly<Record<string, unknown>>
  readonly headers?: Readonly<Record<string, string>>
  readonly hijack?: boolean
  readonly isStream?: boolean
  readonly statusCodes: Readonly<Record<number, true | string>>
  readonly abortSignal?: AbortSignal
}

/** One Docker daemon. */
export class Daemon {
  readonly url: string
  readonly #options: DaemonOptions
  #client: Docker | undefined
  #hasBuildKit = false

  constructor(options: DaemonOptions) {
    this.#options = options
    this.url = options.url
  }

  get client(): Docker {
    return (this.#client ??= new Docker(connectionOptions(this.#options)))
  }

  /** Whether BuildKit was there when the daemon was last asked. */
  get hasBuildKit(): boolean {
    return this.#hasBuildKit
  }

  /** BuildKit takes a limit of memory, and does not keep to it. */
  builderFor({ memoryBytes }: Pick<BuildLimits, 'memoryBytes'>): BuilderKind {
    return this.#options.builder ?? (this.#hasBuildKit && memoryBytes === undefined ? 'buildkit' : 'classic')
  }

  /**
   * Asks whether the daemon is there, and whether it has BuildKit.
   * @throws DaemonLost
   */
  async ping(signal: AbortSignal): Promise<void> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(PING_MS)])
    const request = { method: 'GET', path: '/version', abortSignal: limit, statusCodes: { 200: true } } as const
    try {
      const { ApiVersion } = await this.dial<{ readonly ApiVersion?: string }>(request)
      this.#hasBuildKit = isBuildKitApi(ApiVersion ?? '')
    } catch (error) {
      this.forget()
      signal.throwIfAborted()
      throw this.lost(error)
    }
  }

  /** What is not part of dockerode's own methods. */
  dial<T>(options: DialOptions): Promise<T> {
    return new Promise((resolve, reject) => {
      // dockerode changes the object that it is given.
      this.client.modem.dial({ ...options }, (error: Error | null, result: unknown) => {
        if (error === null) resolve(result as T)
        else reject(error)
      })
    })
  }

  /** Builds a new client at the next use, from files of certificates as they are then. */
  forget(): void {
    this.#client = undefined
  }

  /** What a failed request means to whoever could use another daemon. */
  lost(error: unknown): DaemonLost {
    if (error instanceof DaemonLost) return error
    const { name, code } = error as NodeJS.ErrnoException
    if (name === 'TimeoutError' || code === 'ABORT_ERR') return new DaemonLost(this.url, 'it does not answer', error)
    // Node's words for it are "aborted" and "socket hang up".
    if (code === 'ECONNRESET') return new DaemonLost(this.url, 'the connection broke off', error)
    return new DaemonLost(this.url, daemonMessage(error), error)
  }
}

/** An answer of the daemon's API that is no success. */
export function statusOf(error: unknown): number | undefined {
  const status = (error as { readonly statusCode?: unknown } | undefined)?.statusCode
  return typeof status === 'number' ? status : undefined
}

/** The daemon's own words in an error of dockerode: without what it wraps around them. */
export function daemonMessage(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException
  const words = message.replace(/^\(HTTP code \d+\) [^-]*- /, '').trim()
  return words === '' ? String(code) : words
}

/** @param apiVersion as the daemon says it: `1.41` */
export function isBuildKitApi(apiVersion: string): boolean {
  const [major = 0, minor = 0] = apiVersion.split('.').map(Number)
  return major > BUILDKIT_API[0] || (major === BUILDKIT_API[0] && minor >= BUILDKIT_API[1])
}

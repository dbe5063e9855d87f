import type { Logger, Part } from '@webspaces/core'
import type { ApiServer } from './api-server.ts'
import type { Connection } from './connection.ts'

/** Looks whether the API server is there before anything else starts, and ends all requests after everything else. */
export class ServerConnection implements Part {
  readonly name = 'connection to the API server'
  readonly stage = 'store'
  readonly #connection: Connection
  readonly #server: ApiServer
  readonly #logger: Logger

  constructor(connection: Connection, server: ApiServer, logger: Logger) {
    this.#connection = connection
    this.#server = server
    this.#logger = logger
  }

  /** @throws WS_KUBECONFIG, WS_UNAVAILABLE, WS_FORBIDDEN */
  async start(signal: AbortSignal): Promise<void> {
    await this.#connection.check()
    const { gitVersion } = await this.#server.request<{ readonly gitVersion: string }>(
      { method: 'GET', path: '/version', subject: 'ask the API server for its version', repeatable: true },
      signal,
    )
    this.#logger.info('API server found', { version: gitVersion })
  }

  async stop(): Promise<void> {
    await this.#server.close()
  }
}

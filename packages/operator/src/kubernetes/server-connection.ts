import type { Logger, Part } from '@webspaces/core'
import type { ApiServer } from './api-server.ts'

/** Looks whether the API server is there before anything else starts, and ends all requests after everything else. */
export class ServerConnection implements Part {
  readonly name = 'connection to the API server'
  readonly stage = 'store'
  readonly #server: ApiServer
  readonly #logger: Logger

  constructor(server: ApiServer, logger: Logger) {
    this.#server = server
    this.#logger = logger
  }

  /** @throws WS_UNAVAILABLE, WS_FORBIDDEN */
  async start(signal: AbortSignal): Promise<void> {
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

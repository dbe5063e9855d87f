import { coreError } from '@webspaces/core'

/** The daemon did not answer, or the connection to it broke: another daemon may do. */
export class DaemonLost extends Error {
  override readonly name = 'DaemonLost'

  constructor(url: string, reason: string, cause?: unknown) {
    super(`${url}: ${reason}`, { cause })
  }
}

/** What the caller of the builder is told when no daemon is left. */
export function unavailable(lost: readonly DaemonLost[]): Error {
  const reasons = lost.map(({ message }) => message).join('; ')
  return coreError('WS_BUILDER_UNAVAILABLE', `no Docker daemon can be used: ${reasons}`, { cause: lost.at(-1) })
}

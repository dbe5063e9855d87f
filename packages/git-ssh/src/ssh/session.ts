import type { Socket } from 'node:net'
import type { Session, ServerChannel } from 'ssh2'
import { CommandChannel } from './channel.ts'

export interface SessionRequest {
  /** Undefined where a shell was asked for. */
  readonly command: string | undefined
  /** The value of GIT_PROTOCOL, if it has the form that git gives it. */
  readonly protocol: string | undefined
}

/**
 * Listens to one session of a connection until it asks for a command, and calls `run` with it. Terminals, subsystems,
 * agents, X11 and variables are refused by there being nobody who listens to them.
 */
export function onCommand(
  session: Session,
  socket: Socket,
  run: (request: SessionRequest, channel: CommandChannel) => void,
): void {
  let protocol: string | undefined
  let channel: CommandChannel | undefined
  session.on('env', (accept, reject, { key, val }) => {
    if (key === 'GIT_PROTOCOL' && isProtocolVersion(val)) {
      protocol = val
      answer(accept)
    } else {
      answer(reject)
    }
  })
  // Accepted at once and refused later by exit code: what a client sends before a late accept is lost.
  const start = (accept: () => ServerChannel | undefined, command: string | undefined): void => {
    const accepted = accept()
    // A second command in one session, or one after its end.
    if (accepted === undefined) return
    channel = new CommandChannel(accepted, socket)
    run({ command, protocol }, channel)
  }
  session.on('exec', (accept, _reject, { command }) => start(accept, command))
  session.on('shell', (accept) => start(accept, undefined))
  // The channel itself does not tell while it is not read from, nor when the whole connection is lost.
  const close = (): void => channel?.close()
  session.once('close', close)
  socket.once('close', close)
}

/** What git sends: `version=2`, with room for keys to come (gitprotocol-v2(5)). */
function isProtocolVersion(value: string): boolean {
  return /^version=[012]$/.test(value)
}

/** ssh2 gives no function where the client wants no answer, which its types do not say. */
function answer(reply: (() => unknown) | undefined): void {
  reply?.()
}

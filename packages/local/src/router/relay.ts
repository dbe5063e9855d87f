import type { IncomingMessage } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { localError } from '../errors.ts'
import type { Attempt } from './attempt.ts'
import type { Exchange } from './exchange.ts'
import { endToEnd } from './headers.ts'

/**
 * Sends a replica's answer to the client as it comes, at the client's pace. If the replica dies in the middle, the
 * client's connection is cut: the only way left to tell that the answer is not whole. Resolves when all is over,
 * however it ended.
 * @throws WS_SITE_UNREACHABLE if nothing of the answer could be sent.
 */
export async function relayResponse(answer: IncomingMessage, { response }: Exchange): Promise<void> {
  try {
    response.writeHead(answer.statusCode ?? 0, answer.statusMessage, endToEnd(answer.rawHeaders).flat())
  } catch (cause) {
    // node reads more than it writes: a status of 099, a control character in the reason.
    throw localError('WS_SITE_UNREACHABLE', 'the site gave an answer that is not HTTP', { cause })
  }
  // Now, and not with the first byte of the body: an event stream may send that much later.
  response.flushHeaders()
  answer.once('end', () => response.addTrailers(endToEnd(answer.rawTrailers)))
  await pipeline(answer, response).catch(() => undefined)
}

/** Joins the two connections, once the replica has agreed to another protocol, until both have ended. */
export async function relayUpgrade(
  { response: agreed, socket: replica, head }: Extract<Attempt, { readonly type: 'upgraded' }>,
  { response, upgrade, signal }: Exchange,
  idleTimeoutMs: number,
): Promise<void> {
  if (upgrade === undefined) throw new TypeError('the client did not ask for another protocol')
  const client = upgrade.socket
  const protocol = ['Connection', 'Upgrade', 'Upgrade', agreed.headers.upgrade ?? '']
  response.writeHead(101, [...endToEnd(agreed.rawHeaders).flat(), ...protocol])
  response.flushHeaders()
  response.detachSocket(client)
  client.setTimeout(idleTimeoutMs, () => client.destroy())
  client.unshift(upgrade.head)
  replica.unshift(head)
  await pipeline(client, replica, client, { signal }).catch(() => undefined)
}

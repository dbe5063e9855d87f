import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { localError } from '../errors.ts'

/**
 * Below the ranges from which systems take ports for outgoing connections (Linux: 32768, macOS: 49152), so that none of
 * those takes the port between this look and the moment at which the site listens.
 */
const FIRST = 20_000
const LAST = 32_767
const TRIES = 100

/** A port on which nobody listens now, on any address. @throws WS_LOCAL_PROCESS if none was found. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < TRIES; tries++) {
    const port = randomInt(FIRST, LAST + 1)
    if (await isFree(port)) return port
  }
  throw localError('WS_LOCAL_PROCESS', `no free port was found between ${FIRST} and ${LAST}`)
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    server.listen({ port, exclusive: true })
    await once(server, 'listening')
    return true
  } catch {
    return false
  } finally {
    server.close()
  }
}

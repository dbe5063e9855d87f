import { once } from 'node:events'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { operatorError } from '../../errors.ts'

export interface Ports {
  readonly ssh: number
  readonly http: number
}

/**
 * Turns port 0 into free ports, and says at once which port cannot be had. The numbers must be known before anything
 * starts, because clone URLs and site URLs hold them. Both probes listen at the same time, so that two free ports differ.
 * @throws WS_PORT_UNAVAILABLE
 */
export async function choosePorts(host: string, wanted: Ports): Promise<Ports> {
  const probes: Server[] = []
  try {
    const ssh = await probe(host, wanted.ssh, '--ssh-port', probes)
    const http = await probe(host, wanted.http, '--http-port', probes)
    return { ssh, http }
  } finally {
    await Promise.all(probes.map((server) => once(server.close(), 'close')))
  }
}

/** @throws WS_USAGE */
export function refuseOnePortForBoth({ ssh, http }: Ports): void {
  if (ssh !== http || ssh === 0) return
  throw operatorError('WS_USAGE', `--ssh-port and --http-port are both ${ssh}`, {
    remedy: 'Give two different ports.',
  })
}

async function probe(host: string, port: number, option: string, probes: Server[]): Promise<number> {
  const server = createServer()
  try {
    await once(server.listen({ host, port, exclusive: true }), 'listening')
  } catch (error) {
    throw unavailable(host, port, option, error as NodeJS.ErrnoException)
  }
  probes.push(server)
  return (server.address() as AddressInfo).port
}

function unavailable(host: string, port: number, option: string, error: NodeJS.ErrnoException): Error {
  const place = `${host} port ${port}`
  switch (error.code) {
    case 'EADDRINUSE':
      return operatorError('WS_PORT_UNAVAILABLE', `another program listens on ${place}`, {
        cause: error,
        remedy: `Stop it, or choose another port; ${option} 0 takes a free one.`,
      })
    case 'EACCES':
      return operatorError('WS_PORT_UNAVAILABLE', `this user may not listen on ${place}`, {
        cause: error,
        remedy: `Choose a port above 1023 with ${option}.`,
      })
    default:
      return operatorError('WS_PORT_UNAVAILABLE', `cannot listen on ${place}: ${error.message}`, {
        cause: error,
        remedy: 'Give an address of this machine with --host.',
      })
  }
}

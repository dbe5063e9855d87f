import { createServer, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net'
import { coreError, type GitServer, type ListenAddress } from '@webspaces/core'
import ssh2, { type Connection as SshConnection, type Server as SshServer } from 'ssh2'
import type { SshLimits } from '../limits.ts'
import { ALGORITHMS } from './algorithms.ts'
import { Connection, type ConnectionServices } from './connection.ts'
import { loadHostKey } from './host-key.ts'

export interface ListenOptions {
  readonly host: string
  readonly port: number
  readonly hostKey: string
}

/**
 * Listens for SSH. The sockets are ours and handed to ssh2 one by one, so that they can be counted, timed and closed
 * from their first byte on: ssh2 tells of a client only once it has said something.
 */
export class SshGitServer implements GitServer {
  readonly #options: ListenOptions
  readonly #services: ConnectionServices
  /** Undefined until the client has sent its first line. */
  readonly #connections = new Map<Socket, Connection | undefined>()
  #tcp: TcpServer | undefined

  constructor(options: ListenOptions, services: ConnectionServices) {
    this.#options = options
    this.#services = services
  }

  get address(): ListenAddress | undefined {
    const address = this.#tcp?.address() as AddressInfo | null | undefined
    return address ? { host: address.address, port: address.port } : undefined
  }

  async listen(): Promise<void> {
    const ssh = this.#sshServer(await loadHostKey(this.#options.hostKey))
    this.#tcp = await listenTcp(this.#options, (socket) => this.#accept(socket, ssh))
  }

  async close(signal: AbortSignal): Promise<void> {
    const tcp = this.#tcp
    this.#tcp = undefined
    const closed = new Promise<void>((resolve) => {
      if (tcp === undefined) resolve()
      else tcp.close(() => resolve())
    })
    for (const [socket, connection] of this.#connections) {
      if (connection === undefined) socket.destroy()
      else if (!connection.busy) connection.end()
    }
    const force = (): void => {
      setTimeout(() => this.#destroyAll(), this.#services.limits.lastWordsMs).unref()
    }
    if (signal.aborted) force()
    else signal.addEventListener('abort', force, { once: true })
    await this.#services.commands.drain(signal)
    signal.removeEventListener('abort', force)
    // One that is told of the end before it has closed takes its command for failed, whatever the exit code was.
    await this.#firstOf(closed, this.#services.limits.partingMs)
    for (const connection of this.#connections.values()) connection?.end()
    await closed
  }

  async #firstOf(event: Promise<void>, limitMs: number): Promise<void> {
    const over = new AbortController()
    const late = this.#services.clock.sleep(limitMs, over.signal).catch(() => undefined)
    await Promise.race([event, late])
    over.abort()
  }

  #sshServer(hostKey: string): SshServer {
    const { limits } = this.#services
    const ssh = new ssh2.Server({
      hostKeys: [hostKey],
      algorithms: ALGORITHMS,
      ident: 'webspaces',
      keepaliveInterval: limits.keepaliveMs,
      keepaliveCountMax: limits.keepaliveMisses,
    })
    ssh.on('connection', (client: SshConnection, { ip, port }: { ip: string; port: number }) => {
      const socket = [...this.#connections.keys()].find((open) => open.remoteAddress === ip && open.remotePort === port)
      // It has closed meanwhile.
      if (socket === undefined) client.end()
      else this.#connections.set(socket, new Connection(client, socket, ip, this.#services))
    })
    return ssh
  }

  #accept(socket: Socket, ssh: SshServer): void {
    const { clock, limits, logger } = this.#services
    socket.on('error', () => undefined)
    const over = this.#limitReached(socket)
    if (over !== undefined) {
      logger.info('ssh connection refused', { limit: over, address: socket.remoteAddress })
      socket.destroy()
      return
    }
    this.#connections.set(socket, undefined)
    const closed = new AbortController()
    socket.once('close', () => {
      this.#connections.delete(socket)
      closed.abort()
    })
    socket.setNoDelay(true)
    clock.sleep(limits.loginGraceMs, closed.signal).then(
      () => this.#endUnlessLoggedIn(socket),
      () => undefined,
    )
    gatherWrites(socket)
    ssh.injectSocket(socket)
  }

  #endUnlessLoggedIn(socket: Socket): void {
    if (this.#connections.get(socket)?.loggedIn === true) return
    this.#services.logger.info('ssh login timed out', { address: socket.remoteAddress })
    socket.destroy()
  }

  #limitReached(socket: Socket): keyof SshLimits | undefined {
    const { limits } = this.#services
    const open = [...this.#connections]
    if (open.length >= limits.connections) return 'connections'
    const fromHere = open.filter(([other]) => other.remoteAddress === socket.remoteAddress)
    if (fromHere.length >= limits.connectionsPerAddress) return 'connectionsPerAddress'
    const starting = open.filter(([, connection]) => connection?.loggedIn !== true)
    return starting.length >= limits.startups ? 'startups' : undefined
  }

  #destroyAll(): void {
    for (const socket of this.#connections.keys()) socket.destroy()
  }
}

/**
 * ssh2 writes each packet in several pieces, and sends what waited for a client's window when the window opens: what
 * one read brings about goes out in one write.
 */
function gatherWrites(socket: Socket): void {
  socket.on('data', () => {
    socket.cork()
    process.nextTick(() => socket.uncork())
  })
}

/** @throws WS_START_FAILED with what is in the way */
function listenTcp({ host, port }: ListenOptions, accept: (socket: Socket) => void): Promise<TcpServer> {
  return new Promise((resolve, reject) => {
    const server = createServer(accept)
    server.once('error', (cause: NodeJS.ErrnoException) => {
      reject(
        coreError('WS_START_FAILED', `the git server cannot listen on ${host} port ${port}: ${reasonOf(cause)}`, {
          cause,
        }),
      )
    })
    server.listen({ host, port }, () => {
      // Running out of file descriptors, say, must not end the process.
      server.on('error', () => undefined)
      resolve(server)
    })
  })
}

function reasonOf(error: NodeJS.ErrnoException): string {
  if (error.code === 'EADDRINUSE') return 'the port is in use by another program'
  return error.code === 'EACCES' ? 'ports below 1024 need a privilege' : error.message
}

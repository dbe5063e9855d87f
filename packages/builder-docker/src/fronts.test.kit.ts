import { randomUUID } from 'node:crypto'
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import {
  connect,
  createServer as createTcpServer,
  type AddressInfo,
  type Server as TcpServer,
  type Socket,
} from 'node:net'

export interface RegistryFront {
  readonly address: string
  /** `Authorization` of every request that came, empty where it had none. */
  readonly authorizations: string[]
  close(): void
}

export interface Demand {
  /**
   * - `basic`: user name and password with every request.
   * - `bearer`: a token, which that user is given, and for pulling everybody.
   */
  readonly scheme: 'basic' | 'bearer'
  readonly user: string
  readonly password: string
}

/** Stands before a real registry and asks for what private ones ask for. */
export async function registryFront(target: string, demand: Demand): Promise<RegistryFront> {
  const authorizations: string[] = []
  const tokens = new Map<string, { readonly push: boolean }>()
  const expected = `Basic ${Buffer.from(`${demand.user}:${demand.password}`).toString('base64')}`
  const giveToken = (authorization: string, outgoing: ServerResponse): void => {
    const known = authorization === expected
    if (!known && authorization !== '') return void outgoing.writeHead(401).end()
    const token = randomUUID()
    tokens.set(token, { push: known })
    outgoing.setHeader('content-type', 'application/json').end(JSON.stringify({ token, expires_in: 300 }))
  }
  const mayPass = (authorization: string, reads: boolean): boolean => {
    if (demand.scheme === 'basic') return authorization === expected
    const access = tokens.get(authorization.replace('Bearer ', ''))
    return access !== undefined && (reads || access.push)
  }
  const server = createServer((incoming, outgoing) => {
    const { url = '', method = '', headers } = incoming
    const { authorization = '', host = '' } = headers
    authorizations.push(authorization)
    const reads = method === 'GET' || method === 'HEAD'
    if (url.startsWith('/token')) return giveToken(authorization, outgoing)
    if (mayPass(authorization, reads)) return forward(incoming, outgoing, target)
    outgoing.setHeader('www-authenticate', demand.scheme === 'basic' ? 'Basic realm="test"' : bearer(host, url, reads))
    outgoing.writeHead(401).end('{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}')
  })
  const port = await listen(server)
  return { address: `127.0.0.1:${port}`, authorizations, close: () => closeServer(server) }
}

function bearer(host: string, url: string, reads: boolean): string {
  const [, repository] = /^\/v2\/(.+)\/(?:manifests|blobs|tags)\//.exec(url) ?? []
  const scope = repository === undefined ? '' : `,scope="repository:${repository}:${reads ? 'pull' : 'pull,push'}"`
  return `Bearer realm="http://${host}/token",service="test"${scope}`
}

function forward(incoming: IncomingMessage, outgoing: ServerResponse, target: string): void {
  const { authorization: _, ...headers } = incoming.headers
  const { method, url: path } = incoming
  const [host, port] = target.split(':')
  const onward = request({ host, port, path, method, headers }, (response) => {
    outgoing.writeHead(response.statusCode ?? 502, response.headers)
    response.pipe(outgoing)
  })
  onward.on('error', () => outgoing.destroy())
  incoming.pipe(onward)
}

export interface RegistryGate {
  /** `METHOD /path?query` of every request that came. */
  readonly requests: readonly string[]
  readonly endpoint: string
  /** The next request like this is kept waiting. @returns what resolves when it has come, to what lets it pass */
  hold(like: RegExp): Promise<() => void>
  /** Every further request like this is answered with a status. */
  fail(like: RegExp, status: number): void
  close(): void
}

/** Stands before a real registry, and keeps requests waiting or fails them. */
export async function registryGate(target: string): Promise<RegistryGate> {
  const requests: string[] = []
  const failing: { readonly like: RegExp; readonly status: number }[] = []
  const holds = new Set<{ readonly like: RegExp; readonly came: (pass: () => void) => void }>()
  const server = createServer((incoming, outgoing) => {
    const line = `${incoming.method} ${incoming.url}`
    requests.push(line)
    const failure = failing.find(({ like }) => like.test(line))
    if (failure !== undefined) return void outgoing.writeHead(failure.status).end()
    const pass = (): void => forward(incoming, outgoing, target)
    const hold = [...holds].find(({ like }) => like.test(line))
    if (hold === undefined) return pass()
    holds.delete(hold)
    hold.came(pass)
  })
  const port = await listen(server)
  return {
    requests,
    endpoint: `http://127.0.0.1:${port}`,
    fail: (like, status) => void failing.push({ like, status }),
    hold: (like) => new Promise((came) => holds.add({ like, came })),
    close: () => closeServer(server),
  }
}

export interface Wire {
  readonly url: string
  /** Connections that are open now. */
  readonly open: () => number
  /** Cuts every connection, and refuses new ones. */
  cut(): void
}

/** A TCP connection to a daemon that can be cut. */
export async function wireTo(daemon: string): Promise<Wire> {
  const sockets = new Set<Socket>()
  const server = createTcpServer((near) => {
    const far = daemon.startsWith('unix://')
      ? connect(daemon.slice('unix://'.length))
      : connect(Number(new URL(daemon).port), new URL(daemon).hostname)
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      socket.on('error', () => other.destroy())
      socket.on('close', () => other.destroy())
      socket.pipe(other)
    }
    sockets.add(near)
    near.on('close', () => sockets.delete(near))
  })
  const port = await listen(server)
  return {
    url: `tcp://127.0.0.1:${port}`,
    open: () => sockets.size,
    cut: () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** An address that nobody listens on. */
export async function closedPort(): Promise<string> {
  const server = createTcpServer()
  const port = await listen(server)
  await new Promise((resolve) => server.close(resolve))
  return `127.0.0.1:${port}`
}

async function listen(server: TcpServer): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve())
  })
  return (server.address() as AddressInfo).port
}

function closeServer(server: Server): void {
  server.close()
  server.closeAllConnections()
}

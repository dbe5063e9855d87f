import http, { type IncomingHttpHeaders, type RequestListener, type RequestOptions } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import { Deployment, Ingress, Service, type Cluster, type Logger, type Webspace } from '@webspaces/core'
import { memoryCluster } from '@webspaces/core/testing'
import { Endpoints } from '../endpoints.ts'
import { Router, type RouterLimits } from './router.ts'

const NAMESPACE = 'customer-ada'
const silent: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore, child: () => silent }

interface StageOptions {
  readonly limits?: Partial<RouterLimits>
  readonly cluster?: Cluster
  readonly port?: number
}

/** A started router on a free port with a cluster behind it. Stopped when the test ends. */
export class Stage {
  readonly cluster: Cluster
  readonly endpoints = new Endpoints()
  readonly webspaces: Webspace[] = []
  readonly router: Router

  constructor({ limits = {}, cluster = memoryCluster(), port = 0 }: StageOptions = {}) {
    this.cluster = cluster
    this.router = new Router({
      host: '127.0.0.1',
      port,
      cluster: this.cluster,
      endpoints: this.endpoints,
      webspaces: () => this.webspaces,
      cloneUrl: (name) => `ssh://git@127.0.0.1:2222/${name}.git`,
      logger: silent,
      limits,
    })
    onTestFinished(() => this.router.stop(AbortSignal.abort()))
  }

  static async start(limits: Partial<RouterLimits> = {}): Promise<Stage> {
    const stage = new Stage({ limits })
    await stage.router.start(new AbortController().signal)
    return stage
  }

  get port(): number {
    return this.router.address?.port ?? 0
  }

  /** Deployment, Service and Ingress of a site at `NAME.localhost`, as the operator makes them. */
  async addSite(name: string, { replicas = 1, path = '/', host = `${name}.localhost` } = {}): Promise<void> {
    const labels = { app: name }
    const metadata = { name, namespace: NAMESPACE }
    await this.cluster.apply(Deployment, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        replicas,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'site', image: 'local/x' }] } },
      },
    })
    await this.cluster.apply(Service, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { selector: labels, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
    })
    const backend = { service: { name, port: { name: 'http' } } }
    await this.cluster.apply(Ingress, {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata,
      spec: { rules: [{ host, http: { paths: [{ path, pathType: 'Prefix', backend }] } }] },
    })
  }

  /** A replica of a site becomes ready. */
  publish(site: string, id: string, port: number): void {
    this.endpoints.publish({ id, host: '127.0.0.1', port, labels: { app: site, version: id }, namespace: NAMESPACE })
  }

  /** What the runner does to stop a replica: out of service, wait for its requests. */
  async retire(id: string): Promise<void> {
    this.endpoints.withdraw(id)
    await this.endpoints.drained(id, AbortSignal.timeout(20_000))
  }

  fetch(host: string, path = '/', options: FetchOptions = {}): Promise<Answer> {
    return fetchFrom(this.port, { ...options, path, headers: { Host: host, ...options.headers } })
  }
}

export type FetchOptions = Omit<RequestOptions, 'headers'> & {
  readonly headers?: Record<string, string | string[]>
  readonly body?: string
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly trailers: NodeJS.Dict<string>
  readonly body: string
}

/** One request over node's own client, which lets a test say any Host. */
export function fetchFrom(port: number, { body, ...options }: FetchOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port, agent: false, ...options }, (response) => {
      const { statusCode: status = 0, headers } = response
      text(response).then((read) => resolve({ status, headers, trailers: response.trailers, body: read }), reject)
    })
    request.on('error', reject)
    request.end(body)
  })
}

export interface Replica {
  readonly port: number
  readonly server: http.Server
  /** How many connections it has taken. */
  readonly connections: () => number
  /** Ends it as a crash would. */
  readonly crash: () => Promise<void>
}

export type ReplicaOptions = http.ServerOptions & { readonly maxHeadersCount?: number }

/** A site's process: an HTTP server of its own. Closed when the test ends. */
export async function replica(listener: RequestListener, options: ReplicaOptions = {}): Promise<Replica> {
  const server = http.createServer(options, listener)
  server.maxHeadersCount = options.maxHeadersCount ?? null
  const sockets = new Set<Socket>()
  let connections = 0
  server.on('connection', (socket: Socket) => {
    connections += 1
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const crash = async (): Promise<void> => {
    if (!server.listening) return
    const closed = new Promise((resolve) => server.close(resolve))
    for (const socket of sockets) socket.resetAndDestroy()
    await closed
  }
  onTestFinished(crash)
  return { port: (server.address() as AddressInfo).port, server, connections: () => connections, crash }
}

/** A port of this machine that nobody listens on. */
export async function closedPort(): Promise<number> {
  const server = http.createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

function ignore(): void {
  // A test looks at what the router answers.
}

import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { request as forward, type RequestOptions } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kubeconfigOfLab } from './lab.test.kit.ts'
import { readKubeConfig } from './connection.ts'

/** What becomes of a request: undefined lets it through. */
export type Fault =
  | { readonly answer: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: object }
  /** The server does what is asked, and its answer is lost. */
  | 'lose the answer'
  | { readonly path: (path: string) => string }

export interface Seen {
  readonly method: string
  readonly path: string
  /** Milliseconds, monotonic. */
  readonly at: number
}

/** Stands between a client and the real API server, and does to their connections what networks do. */
export class FaultProxy {
  /** Decides over each request. */
  fault: (request: Seen) => Fault | undefined = () => undefined
  readonly seen: Seen[] = []
  readonly #upstream: RequestOptions
  readonly #server = createServer((request, response) => void this.#handle(request, response))
  readonly #sockets = new Set<Socket>()
  readonly #watches = new Set<ServerResponse>()
  #port = 0
  #dir = ''

  private constructor(upstream: RequestOptions) {
    this.#upstream = upstream
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
    })
  }

  static async start(): Promise<FaultProxy> {
    const config = readKubeConfig(kubeconfigOfLab())
    const upstream: RequestOptions = {}
    await config.applyToHTTPSOptions(upstream)
    const url = new URL(config.getCurrentCluster()?.server ?? '')
    const proxy = new FaultProxy({ ...upstream, host: url.hostname, port: url.port })
    await proxy.up()
    proxy.#dir = await mkdtemp(join(tmpdir(), 'webspaces-proxy-'))
    await writeFile(proxy.kubeconfig, proxy.#kubeconfig())
    return proxy
  }

  get kubeconfig(): string {
    return join(this.#dir, 'kubeconfig')
  }

  get openWatches(): number {
    return this.#watches.size
  }

  async up(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.#port = (this.#server.address() as AddressInfo).port
  }

  /** As if the server were killed: every connection is reset, and none is taken. */
  async down(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    for (const socket of this.#sockets) socket.resetAndDestroy()
    await closed
  }

  cutWatches(): void {
    for (const response of this.#watches) response.socket?.resetAndDestroy()
  }

  /** The connections of the watches stay open, and nothing comes through them any more. */
  silenceWatches(): void {
    for (const response of this.#watches) response.write = () => true
    this.#watches.clear()
  }

  async stop(): Promise<void> {
    await this.down()
    await rm(this.#dir, { recursive: true, force: true })
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const seen = { method: request.method ?? '', path: request.url ?? '', at: performance.now() }
    this.seen.push(seen)
    const fault = this.fault(seen)
    if (typeof fault === 'object' && 'answer' in fault) {
      request.resume()
      const body = { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: fault.answer, ...fault.body }
      response
        .writeHead(fault.answer, { 'content-type': 'application/json', ...fault.headers })
        .end(JSON.stringify(body))
      return
    }
    const { headers = {} } = this.#upstream
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = forward({
        ...this.#upstream,
        method: seen.method,
        path: typeof fault === 'object' ? fault.path(seen.path) : seen.path,
        headers: { ...request.headers, ...(headers as Record<string, string>) },
      })
      outgoing.on('response', resolve).on('error', reject)
      response.on('close', () => outgoing.destroy())
      request.pipe(outgoing)
    }).catch(() => undefined)
    if (answer === undefined || fault === 'lose the answer') {
      answer?.resume()
      response.socket?.resetAndDestroy()
      return
    }
    response.writeHead(answer.statusCode ?? 500, answer.headers)
    response.flushHeaders()
    if (seen.path.includes('watch=true')) this.#watches.add(response)
    response.on('close', () => this.#watches.delete(response))
    answer.on('data', (chunk: Buffer) => response.write(chunk))
    answer.on('end', () => response.end())
    answer.on('error', () => response.destroy())
  }

  /** The proxy logs in to the server; the client only has to find the proxy. */
  #kubeconfig(): string {
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        { name: 'proxy', cluster: { server: `http://127.0.0.1:${this.#port}`, 'insecure-skip-tls-verify': true } },
      ],
      users: [{ name: 'nobody', user: {} }],
      contexts: [{ name: 'proxy', context: { cluster: 'proxy', user: 'nobody' } }],
      'current-context': 'proxy',
    })
  }
}

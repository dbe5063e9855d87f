import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { kubectl } from './kubectl.ts'
import { must } from './run.ts'

interface Ingress {
  readonly metadata: { readonly namespace: string }
  readonly spec: {
    readonly rules: readonly {
      readonly host: string
      readonly http: { readonly paths: readonly { readonly backend: { readonly service: Backend } }[] }
    }[]
  }
}

interface Backend {
  readonly name: string
  readonly port: { readonly name?: string; readonly number?: number }
}

interface Service {
  readonly spec: {
    readonly clusterIP: string
    readonly ports: readonly { readonly name?: string; readonly port: number }[]
  }
}

/** Does what an ingress controller does, and knows nothing but the cluster's Ingress objects of this moment. */
export class IngressRouter {
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
  }

  static async start(): Promise<IngressRouter> {
    const server = createServer((incoming, answer) => {
      forward(incoming, answer).catch((error: unknown) => {
        if (answer.headersSent) answer.destroy()
        else answer.writeHead(502).end(String(error))
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new IngressRouter(server)
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

async function forward(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
  const backend = await backendOf(incoming.headers.host?.replace(/:\d+$/, '') ?? '')
  if (backend === undefined) {
    answer.writeHead(404).end('no Ingress has this host')
    return
  }
  await new Promise<void>((resolve, reject) => {
    const { method, url, headers } = incoming
    const sent = request({ ...backend, method, path: url, headers, timeout: 10_000 }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers)
      response.pipe(answer).on('finish', resolve)
    })
    sent.on('error', reject)
    sent.on('timeout', () => sent.destroy(new Error('no answer within 10 s')))
    incoming.pipe(sent)
  })
}

async function backendOf(host: string): Promise<{ readonly host: string; readonly port: number } | undefined> {
  const listed = await must(kubectl(['get', 'ingresses.networking.k8s.io', '--all-namespaces', '--output=json']))
  for (const { metadata, spec } of (JSON.parse(listed.stdout) as { readonly items: readonly Ingress[] }).items) {
    const service = spec.rules.find((rule) => rule.host === host)?.http.paths[0]?.backend.service
    if (service === undefined) continue
    const got = await must(kubectl(['get', 'service', service.name, `--namespace=${metadata.namespace}`, '-o', 'json']))
    const { clusterIP, ports } = (JSON.parse(got.stdout) as Service).spec
    const named = ports.find(({ name }) => name !== undefined && name === service.port.name)
    return { host: clusterIP, port: service.port.number ?? named?.port ?? 80 }
  }
  return undefined
}

import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

interface Line {
  readonly time: string
  readonly text: string
}

/** One run of a container. */
interface Run {
  readonly lines: Line[]
  readonly followers: Set<ServerResponse>
}

/**
 * A node that runs nothing: containers start, write and end as a test says, which a real one cannot be told to do at an
 * exact moment. The real API server asks it for logs as it would ask any kubelet.
 */
export class TestKubelet {
  readonly #server: Server
  readonly #runs = new Map<string, Run[]>()
  #tick = Date.parse('2026-01-01T00:00:00Z')

  private constructor(server: Server) {
    this.#server = server
    server.on('request', (request, response) => {
      const url = new URL(request.url ?? '', 'https://node')
      const [, kind, , pod = ''] = url.pathname.split('/')
      if (kind === 'containerLogs') this.#log(pod, url.searchParams, response)
      else response.writeHead(404).end()
    })
  }

  static async start(): Promise<TestKubelet> {
    const dir = await mkdtemp(join(tmpdir(), 'webspaces-kubelet-'))
    try {
      const files = ['-keyout', join(dir, 'key'), '-out', join(dir, 'cert')]
      await promisify(execFile)('openssl', [
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'],
        ...['-subj', '/CN=node', '-addext', 'subjectAltName=IP:127.0.0.1', ...files],
      ])
      const [key, cert] = await Promise.all(['key', 'cert'].map((file) => readFile(join(dir, file))))
      const server = createServer({ key, cert })
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      return new TestKubelet(server)
    } finally {
      await rm(dir, { recursive: true, force: true })
    }
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Starts the pod's container, again if it has run before. */
  start(pod: string): void {
    this.end(pod)
    this.#runs.set(pod, [...(this.#runs.get(pod) ?? []), { lines: [], followers: new Set() }])
  }

  write(pod: string, ...texts: string[]): void {
    const run = this.#runs.get(pod)?.at(-1)
    for (const text of texts) {
      this.#tick += 100
      const line = { time: new Date(this.#tick).toISOString(), text }
      run?.lines.push(line)
      for (const follower of run?.followers ?? []) follower.write(shown(line))
    }
  }

  end(pod: string): void {
    for (const follower of this.#runs.get(pod)?.at(-1)?.followers ?? []) follower.end()
  }

  /** Connections break; the containers run on. */
  cut(): void {
    this.#server.closeAllConnections()
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #log(pod: string, query: URLSearchParams, response: ServerResponse): void {
    const run = this.#runs.get(pod)?.at(query.get('previous') === 'true' ? -2 : -1)
    if (run === undefined) {
      response.writeHead(400).end('container not found')
      return
    }
    const since = query.get('sinceTime') ?? ''
    const lines = run.lines.filter(({ time }) => time >= since.replace('Z', ''))
    const tail = query.get('tailLines')
    for (const line of tail === null ? lines : lines.slice(-Number(tail))) response.write(shown(line))
    if (query.get('follow') !== 'true') {
      response.end()
      return
    }
    run.followers.add(response)
    response.on('close', () => run.followers.delete(response))
  }
}

function shown({ time, text }: Line): string {
  return `${time} ${text}\n`
}

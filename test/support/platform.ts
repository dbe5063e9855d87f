import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { request, type Agent, type IncomingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Person, run, type Ended } from './person.ts'

const COMMAND = fileURLToPath(new URL('../../packages/operator/dist/cli/main.js', import.meta.url))

/** `platform.json`. */
interface Addresses {
  readonly ssh: { readonly host: string; readonly port: number }
  readonly http: { readonly host: string; readonly port: number }
  readonly pid: number
}

export interface Answer {
  readonly status: number
  readonly body: string
  readonly headers: IncomingHttpHeaders
}

/** A new folder that is removed when the test ends. */
export async function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'webspaces-test-'))
}

/** `webspaces up` as a process of its own, with free ports, and what a person does with it. */
export class Platform {
  readonly folder: string
  #process: ChildProcess | undefined
  #exited: Promise<number> = Promise.resolve(0)
  #addresses: Addresses = { ssh: { host: '', port: 0 }, http: { host: '', port: 0 }, pid: 0 }
  output = ''

  private constructor(folder: string) {
    this.folder = folder
  }

  static async start(...args: string[]): Promise<Platform> {
    const platform = new Platform(await temporaryFolder())
    await platform.up(...args)
    return platform
  }

  /** The platform's own folder; beside it there is room for keys and work trees. */
  get dir(): string {
    return join(this.folder, 'platform')
  }

  get pid(): number {
    return this.#addresses.pid
  }

  get sshPort(): number {
    return this.#addresses.ssh.port
  }

  get httpPort(): number {
    return this.#addresses.http.port
  }

  /** Starts it, and resolves when it says that it is ready. The ports stay the same over restarts. */
  async up(...args: string[]): Promise<void> {
    const ports = ['--ssh-port', String(this.sshPort), '--http-port', String(this.httpPort)]
    const child = spawn(process.execPath, [COMMAND, 'up', '--dir', this.dir, ...ports, ...args], { stdio: 'pipe' })
    this.#process = child
    this.output = ''
    this.#exited = new Promise((resolve) => child.on('close', (code) => resolve(code ?? -1)))
    await new Promise<void>((resolve, reject) => {
      const add = (text: string): void => {
        this.output += text
        if (/^ready /m.test(this.output)) resolve()
      }
      child.stdout.setEncoding('utf8').on('data', add)
      child.stderr.setEncoding('utf8').on('data', add)
      child.on('error', reject)
      void this.#exited.then((code) => reject(new Error(`up ended with ${code}: ${this.output}`)))
    })
    this.#addresses = JSON.parse(await readFile(join(this.dir, 'platform.json'), 'utf8')) as Addresses
  }

  /** @returns the exit code */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number> {
    this.#process?.kill(signal)
    return this.#exited
  }

  async remove(): Promise<void> {
    await this.stop('SIGTERM')
    await rm(this.folder, { recursive: true, force: true })
  }

  /** `webspaces …` on this platform's folder. */
  command(args: readonly string[], input?: string): Promise<Ended> {
    return run(process.execPath, [COMMAND, ...args, '--dir', this.dir], input === undefined ? {} : { input })
  }

  async apply(...resources: readonly object[]): Promise<void> {
    const text = resources.map((resource) => JSON.stringify(resource)).join('\n---\n')
    const applied = await this.command(['apply', '-f', '-'], text)
    if (applied.code !== 0) throw new Error(applied.output)
  }

  async get<T>(kind: string, name: string): Promise<T> {
    const got = await this.command(['get', kind, name, '-o', 'json'])
    if (got.code !== 0) throw new Error(got.output)
    return JSON.parse(got.stdout) as T
  }

  async list<T>(kind: string): Promise<T[]> {
    const got = await this.command(['get', kind, '-o', 'json'])
    if (got.code !== 0) throw new Error(got.output)
    return (JSON.parse(got.stdout) as { items: T[] }).items
  }

  cloneUrl(webspace: string): string {
    return `ssh://git@127.0.0.1:${this.sshPort}/${webspace}.git`
  }

  /** A GET as a browser sends it that was led here by DNS: to the router, with the site's Host. */
  fetch(host: string, path = '/', options: { readonly agent?: Agent } = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const headers = { host: `${host}:${this.httpPort}` }
      const sent = request(
        { host: '127.0.0.1', port: this.httpPort, path, headers, timeout: 30_000, ...options },
        (response) => {
          let body = ''
          response.setEncoding('utf8').on('data', (text: string) => (body += text))
          response.on('end', () => resolve({ status: response.statusCode ?? 0, body, headers: response.headers }))
          response.on('error', reject)
        },
      )
      sent.on('error', reject)
      sent.on('timeout', () => sent.destroy(new Error('no answer within 30 s')))
      sent.end()
    })
  }

  /** A customer with one person, and Webspaces of theirs. */
  async customer(name: string, webspaces: Readonly<Record<string, object>>): Promise<Person> {
    const person = await Person.create(this.folder, name)
    await this.apply(
      customer(name, [person.publicKey]),
      runtime('node'),
      ...Object.entries(webspaces).map(([webspace, spec]) =>
        resource('Webspace', webspace, { customer: name, runtime: 'node', ...spec }),
      ),
    )
    return person
  }
}

export function resource(kind: string, name: string, spec: object): object {
  return { apiVersion: 'webspaces.dev/v1alpha1', kind, metadata: { name }, spec }
}

export function customer(name: string, sshKeys: readonly string[], more: object = {}): object {
  return resource('Customer', name, { name, email: `${name}@example.com`, sshKeys, ...more })
}

function runtime(plugin: string): object {
  return resource('Runtime', plugin, { plugin })
}

import { rm } from 'node:fs/promises'
import type { Agent } from 'node:http'
import { join } from 'node:path'
import { get, type Answer } from './http.ts'
import { Person } from './person.ts'
import { PlatformProcess, webspaces, type Addresses } from './platform-process.ts'
import { customerWithSites } from './resources.ts'
import type { Ended } from './run.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** `webspaces up` as a process of its own, with free ports, and what a person does with it. */
export class Platform {
  readonly folder: string
  #running: PlatformProcess | undefined
  #addresses: Addresses = { http: { host: '', port: 0 }, pid: 0 }

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

  get output(): string {
    return this.#running?.output ?? ''
  }

  get pid(): number {
    return this.#addresses.pid
  }

  get sshPort(): number {
    return this.#addresses.ssh?.port ?? 0
  }

  get httpPort(): number {
    return this.#addresses.http.port
  }

  /** Starts it, and resolves when it says that it is ready. The ports stay the same over restarts. */
  async up(...args: string[]): Promise<void> {
    const ports = ['--ssh-port', String(this.sshPort), '--http-port', String(this.httpPort)]
    const { running, addresses } = await PlatformProcess.start(
      ['up', '--dir', this.dir, ...ports, ...args],
      join(this.dir, 'platform.json'),
    )
    this.#running = running
    this.#addresses = addresses
  }

  /** @returns the exit code */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number> {
    return this.#running?.stop(signal) ?? 0
  }

  async remove(): Promise<void> {
    await this.stop('SIGTERM')
    await rm(this.folder, { recursive: true, force: true })
  }

  /** `webspaces …` on this platform's folder. */
  command(args: readonly string[], input?: string): Promise<Ended> {
    return webspaces([...args, '--dir', this.dir], input)
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
    return get({ address: '127.0.0.1', port: this.httpPort, path, host: `${host}:${this.httpPort}`, ...options })
  }

  /** As {@link customerWithSites}, with one person. */
  async customer(name: string, webspaces: Readonly<Record<string, object>>): Promise<Person> {
    const person = await Person.create(this.folder, name)
    await this.apply(...customerWithSites(name, [person.publicKey], webspaces))
    return person
  }
}

import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { AppliedResources } from './applied-resources.ts'
import { get, type Answer } from './http.ts'
import { kubectl } from './kubectl.ts'
import { lab } from './lab.ts'
import type { Person } from './person.ts'
import { PlatformProcess, webspaces } from './platform-process.ts'
import { must } from './run.ts'
import { Samples } from './samples.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** `webspaces serve` on the lab, with both roles unless told, and what a person and an administrator do with it. */
export class ClusterPlatform {
  readonly folder: string
  readonly #args: readonly string[]
  #running: PlatformProcess | undefined
  #sshPort = 0
  #httpPort = 0
  readonly #applied = new AppliedResources()

  private constructor(folder: string, args: readonly string[]) {
    this.folder = folder
    this.#args = args
  }

  /** `args` come after the usual ones, and win. */
  static async start(...args: string[]): Promise<ClusterPlatform> {
    await must(kubectl(['apply', '-f', '-'], (await must(webspaces(['manifests', '--only', 'crds']))).stdout))
    const platform = new ClusterPlatform(await temporaryFolder(), args)
    await platform.up()
    return platform
  }

  get repositories(): string {
    return join(this.folder, 'repositories')
  }

  get output(): string {
    return this.#running?.output ?? ''
  }

  get pid(): number {
    return this.#running?.pid ?? 0
  }

  /** Starts it, and resolves when it says that it is ready. The port of SSH stays the same over restarts. */
  async up(): Promise<void> {
    const stateFile = join(this.folder, 'state.json')
    const { running, addresses } = await PlatformProcess.start(
      [
        ...['serve', '--kubeconfig', lab('KUBECONFIG'), '--docker', lab('DOCKER_HOST'), '--registry', lab('REGISTRY')],
        ...['--repositories', this.repositories, '--host-key', join(this.folder, 'host_key')],
        ...['--host', '127.0.0.1', '--ssh-port', String(this.#sshPort), '--http-port', '0', '--state-file', stateFile],
        ...this.#args,
      ],
      stateFile,
    )
    this.#running = running
    this.#sshPort = addresses.ssh?.port ?? 0
    this.#httpPort = addresses.http.port
  }

  /** What it has counted since it was started. */
  async samples(): Promise<Samples> {
    return new Samples((await this.#get('/metrics')).body)
  }

  /** The answer of /readyz: 200, or 503 and why. */
  readiness(): Promise<Answer> {
    return this.#get('/readyz')
  }

  /** @returns the exit code */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number> {
    return this.#running?.stop(signal) ?? 0
  }

  /** Deletes what has been applied, which needs the platform to run, and ends it. */
  async remove(): Promise<void> {
    try {
      await this.#applied.remove()
    } finally {
      // Or it would hold the Lease that the next test's operator waits for.
      await this.stop()
      await rm(this.folder, { recursive: true, force: true })
    }
  }

  async apply(...resources: readonly object[]): Promise<void> {
    await this.#applied.apply(...resources)
  }

  #get(path: string): Promise<Answer> {
    return get({ address: '127.0.0.1', port: this.#httpPort, path })
  }

  cloneUrl(webspace: string): string {
    return `ssh://git@127.0.0.1:${this.#sshPort}/${webspace}.git`
  }

  /** A customer with one person, the Runtimes `node` and `php`, and Webspaces of theirs for Node.js. */
  async customer(name: string, webspaces: Readonly<Record<string, object>>): Promise<Person> {
    return this.#applied.customer(this.folder, name, webspaces)
  }
}

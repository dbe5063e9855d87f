import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { API_VERSION, type Clock, type Customer, type LogFields, type Logger } from '@webspaces/core'
import { FolderCluster } from './folder-cluster.ts'

const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (milliseconds, signal) => {
    await sleep(milliseconds, undefined, signal === undefined ? {} : { signal })
  },
}

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: LogFields
}

/** A logger that keeps what it is told. */
function recordingLogger(lines: LogLine[], common: LogFields = {}): Logger {
  const at =
    (level: LogLine['level']) =>
    (message: string, fields: LogFields = {}): void => {
      lines.push({ level, message, fields: { ...common, ...fields } })
    }
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => recordingLogger(lines, { ...common, ...fields }),
  }
}

/** A folder for one test, and the clusters on it; all goes when the test ends. */
export class Rig {
  readonly dir: string
  readonly lines: LogLine[] = []
  readonly #started: FolderCluster[] = []

  static async make(): Promise<Rig> {
    return new Rig(await mkdtemp(join(tmpdir(), 'webspaces-folder-cluster-')))
  }

  private constructor(dir: string) {
    this.dir = dir
  }

  /** As a short-lived process uses it. */
  open(clock: Clock = systemClock): FolderCluster {
    return new FolderCluster({
      dir: this.dir,
      clock,
      newId: randomUUID,
      logger: recordingLogger(this.lines),
    })
  }

  /** As the platform uses it. */
  async start(): Promise<FolderCluster> {
    const cluster = this.open()
    this.#started.push(cluster)
    await cluster.start()
    return cluster
  }

  path(file: string): string {
    return join(this.dir, 'resources', file)
  }

  async write(file: string, content: string | Uint8Array): Promise<void> {
    await mkdir(dirname(this.path(file)), { recursive: true })
    await writeFile(this.path(file), content)
  }

  async edit(file: string, change: (text: string) => string): Promise<void> {
    await this.write(file, change(await readFile(this.path(file), 'utf8')))
  }

  get warnings(): LogLine[] {
    return this.lines.filter(({ level }) => level === 'warn' || level === 'error')
  }

  async remove(): Promise<void> {
    for (const cluster of this.#started) await cluster.stop()
    await rm(this.dir, { recursive: true, force: true })
  }
}

export function customer(name: string, spec: Partial<Customer['spec']> = {}): Customer {
  return {
    apiVersion: API_VERSION,
    kind: 'Customer',
    metadata: { name },
    spec: { name, email: `${name}@example.com`, sshKeys: [], suspended: false, ...spec },
  }
}

import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { LogLine, LogQuery, Logs } from '@webspaces/core'
import { readLines } from './log-reader.ts'
import { LogWriter } from './log-writer.ts'

export interface LogEntry extends LogLine {
  readonly release: string
}

/** One DNS subdomain name: what Kubernetes takes for a name, and never a path. */
const NAME = /^[a-z0-9](?:[-.a-z0-9]{0,251}[a-z0-9])?$/

/**
 * What processes wrote: `DIR/logs/<namespace>/<deployment>/{log,log.1}`, at most 1 MiB each, one line
 * `<process>\t<release>\t<text>`. The runner writes; anybody who can read the folder reads, in any process.
 */
export class FolderLogs implements Logs {
  readonly #dir: string
  readonly #writers = new Map<string, LogWriter>()
  readonly #onError: (error: unknown) => void

  /** `onError` is told when lines could not be written; they are lost then. */
  constructor(dir: string, onError: (error: unknown) => void = () => undefined) {
    this.#dir = join(dir, 'logs')
    this.#onError = onError
  }

  async *lines(query: LogQuery, signal: AbortSignal): AsyncIterable<LogLine> {
    if (!NAME.test(query.namespace) || !NAME.test(query.deployment)) return
    const wanted = (line: string): LogEntry[] => {
      const entry = parse(line)
      return query.release === undefined || entry.release === query.release ? [entry] : []
    }
    const { lines, rest } = await readLines(this.#path(query.namespace, query.deployment))
    try {
      if (query.tail > 0) yield* lines.flatMap(wanted).slice(-query.tail).map(shown)
      if (!query.follow) return
      for await (const line of rest.follow(signal)) yield* wanted(line).map(shown)
    } finally {
      await rest.close()
    }
  }

  /** Never waits, and never fails. */
  append(namespace: string, deployment: string, entry: LogEntry): void {
    const path = this.#path(namespace, deployment)
    let writer = this.#writers.get(path)
    if (writer === undefined) {
      writer = new LogWriter(path, this.#onError)
      this.#writers.set(path, writer)
    }
    writer.append(`${entry.source}\t${entry.release}\t${entry.text}`)
  }

  /** Removes what the processes of a Deployment wrote. */
  async remove(namespace: string, deployment: string): Promise<void> {
    const path = this.#path(namespace, deployment)
    await this.#writers.get(path)?.close()
    this.#writers.delete(path)
    await rm(join(this.#dir, namespace, deployment), { recursive: true, force: true })
  }

  /** Of all Deployments that there are lines of: `namespace/name`. */
  async deployments(): Promise<string[]> {
    const namespaces = await readdir(this.#dir).catch(() => [])
    const found = namespaces.map(async (namespace) => {
      const names = await readdir(join(this.#dir, namespace)).catch(() => [])
      return names.map((name) => `${namespace}/${name}`)
    })
    return (await Promise.all(found)).flat()
  }

  /** Writes what is pending. */
  async close(): Promise<void> {
    await Promise.all([...this.#writers.values()].map((writer) => writer.close()))
    this.#writers.clear()
  }

  #path(namespace: string, deployment: string): string {
    return join(this.#dir, namespace, deployment, 'log')
  }
}

function parse(line: string): LogEntry {
  const [source = '', release = '', ...text] = line.split('\t')
  return { source, release, text: text.join('\t') }
}

function shown({ source, text }: LogEntry): LogLine {
  return { source, text }
}

/** What the processes of a Webspace write. */
export interface Logs {
  /**
   * The last lines, oldest first, then (with `follow`) every new one until the signal aborts. A Webspace without
   * processes has none.
   */
  lines(query: LogQuery, signal: AbortSignal): AsyncIterable<LogLine>
}

export interface LogQuery {
  readonly namespace: string
  /** The Deployment's name. */
  readonly deployment: string
  /** Only processes of this Release. */
  readonly release?: string
  /** How many of the last lines at the most. */
  readonly tail: number
  readonly follow: boolean
}

export interface LogLine {
  /** Name of the process or pod. */
  readonly source: string
  readonly text: string
}

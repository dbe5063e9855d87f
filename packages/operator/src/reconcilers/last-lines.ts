import { terminalText, type Clock, type LogQuery, type Logs } from '@webspaces/core'

const MAX_LINES = 20
const MAX_LENGTH = 500
const LIMIT_MS = 5_000

/** The last lines that a process wrote, oldest first, bounded, and without control characters but tabs. */
export async function lastLines(
  logs: Logs,
  query: Pick<LogQuery, 'namespace' | 'deployment' | 'release'>,
  clock: Clock,
  signal: AbortSignal,
): Promise<string[]> {
  const over = new AbortController()
  const stop = AbortSignal.any([signal, over.signal])
  clock.sleep(LIMIT_MS, stop).then(
    () => over.abort(),
    () => undefined,
  )
  const lines: string[] = []
  try {
    for await (const { text } of logs.lines({ ...query, tail: MAX_LINES, follow: false }, stop)) {
      lines.push(terminalText(text).slice(0, MAX_LENGTH))
    }
  } finally {
    over.abort()
  }
  return lines.slice(-MAX_LINES)
}

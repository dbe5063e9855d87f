import type { Clock, LogQuery, Logs } from '@webspaces/core'

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
    for await (const { text } of logs.lines({ ...query, tail: MAX_LINES, follow: false }, stop)) lines.push(clean(text))
  } finally {
    over.abort()
  }
  return lines.slice(-MAX_LINES)
}

function clean(text: string): string {
  // eslint-disable-next-line no-control-regex -- colours and cursor movements are what is taken out
  return text.replace(/\u001b\[[0-9;?]*[a-zA-Z]|[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g, '').slice(0, MAX_LENGTH)
}

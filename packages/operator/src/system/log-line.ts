import { printable } from './printable.ts'

/** A log record as pino writes it: JSON, with our fields beside pino's own. */
interface LogRecord {
  readonly time: number
  readonly level: string
  readonly msg?: string
  readonly [field: string]: unknown
}

/** An error as pino's serializer leaves it. */
interface LoggedError {
  readonly type?: string
  /** Ours and Node's are text; a DOMException, such as the one of a time limit, has a number. */
  readonly code?: string | number
  readonly message?: string
  readonly stack?: string
}

/**
 * A record for people, on one line: `09:10:57 info  release went live  webspace=blog release=blog-3`. An error without
 * a code is a defect, so its stack follows, indented.
 */
export function logLine(json: string): string {
  const { time, level, msg = '', error, ...fields } = JSON.parse(json) as LogRecord
  const shown = Object.entries(fields).map(([name, value]) => `${name}=${fieldValue(value)}`)
  const { summary, stack } = describeLogged(error as LoggedError | string | undefined)
  if (summary !== undefined) shown.push(`error=${fieldValue(summary)}`)
  const head = `${timeOfDay(time)} ${level.padEnd(5)} ${printable(msg)}`
  return `${[head, ...(shown.length === 0 ? [] : [shown.join(' ')])].join('  ')}\n${stack}`
}

function describeLogged(error: LoggedError | string | undefined): {
  readonly summary?: string
  readonly stack: string
} {
  if (error === undefined) return { stack: '' }
  if (typeof error === 'string') return { summary: error, stack: '' }
  const message = error.message ?? 'unknown'
  if (typeof error.code === 'string' && error.code.startsWith('WS_'))
    return { summary: `${error.code}: ${message}`, stack: '' }
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  return {
    summary: `${error.type ?? 'Error'}: ${message}`,
    stack: frames.map((frame) => `    ${printable(frame.trim())}\n`).join(''),
  }
}

/** Bare where it reads well, quoted where it would run into its neighbours. */
function fieldValue(value: unknown): string {
  if (typeof value !== 'string') return printable(JSON.stringify(value))
  return /^[\w./:@+-]+$/.test(value) ? value : printable(JSON.stringify(value))
}

function timeOfDay(milliseconds: number): string {
  const date = new Date(milliseconds)
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':')
}

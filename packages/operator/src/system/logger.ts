import { pino, stdSerializers, type Logger as Pino } from 'pino'
import type { LogFields, Logger } from '@webspaces/core'
import { logLine } from './log-line.ts'
import type { LogFormat, LogLevel } from './log-options.ts'

export interface LoggerOptions {
  readonly level: LogLevel
  readonly format: LogFormat
  /** Takes one or more whole lines. What it throws is lost with them. */
  readonly write: (lines: string) => void
}

/** The Logger contract on pino. */
export function createLogger(options: LoggerOptions): Logger {
  const { level, format, write } = options
  const root = pino(
    {
      level,
      base: null,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: stdSerializers.errWithCause },
    },
    { write: format === 'json' ? write : (json: string) => write(logLine(json)) },
  )
  return wrap(root)
}

function wrap(log: Pino): Logger {
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, fields: LogFields = {}): void => {
      if (!succeeds(() => log[level](fields, message))) succeeds(() => log[level]({ fields: 'not printable' }, message))
    }
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => {
      let child = log
      succeeds(() => (child = log.child(fields)))
      return wrap(child)
    },
  }
}

/** Fields come from everywhere: a getter among them may throw. A line that lacks them is better than whatever would end. */
function succeeds(attempt: () => void): boolean {
  try {
    attempt()
    return true
  } catch {
    return false
  }
}

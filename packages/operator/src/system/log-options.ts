// Apart from the logger, which brings pino: the command line names these choices before it knows whether it needs them.

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** `text`: one line for people. `json`: one JSON object a line, with pino's field names. */
export const LOG_FORMATS = ['text', 'json'] as const
export type LogFormat = (typeof LOG_FORMATS)[number]

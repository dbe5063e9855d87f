import { defineErrors, type ErrorFactory } from '@webspaces/core'

/** The codes of the one-machine platform. */
const entries = {
  WS_LOCAL_PORT_TAKEN: {
    meaning: 'The HTTP port is in use by another program.',
    remedy: 'Stop that program, or choose another port with --http-port.',
  },
} as const

export const localError: ErrorFactory<keyof typeof entries> = defineErrors(entries)

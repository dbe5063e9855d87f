import { defineErrors, type ErrorFactory } from '@webspaces/core'

/** The codes of the PHP runtime. */
const entries = {
  WS_PHP_OPTION: {
    meaning: 'A Runtime resource gives the PHP runtime an option that it cannot use.',
    remedy: 'Correct spec.options of the Runtime.',
  },
} as const

export const phpError: ErrorFactory<keyof typeof entries> = defineErrors(entries)

import { defineErrors, type ErrorFactory } from '@webspaces/core'

/** The codes of the Node.js runtime. */
const entries = {
  WS_NODE_OPTION: {
    meaning: 'A Runtime resource gives the Node.js runtime an option that it cannot use.',
    remedy: 'Correct spec.options of the Runtime.',
  },
} as const

export const nodeError: ErrorFactory<keyof typeof entries> = defineErrors(entries)

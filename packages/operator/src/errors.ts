import { defineErrors, type ErrorFactory } from '@webspaces/core'

/** The codes of the reference distribution: its reconcilers and its command. */
const entries = {
  // The command line
  WS_USAGE: {
    meaning: 'The command line names a command, option or value that does not exist.',
    remedy: 'See `webspaces --help`.',
  },
  WS_FOLDER_MISSING: {
    meaning: 'The folder of the platform does not exist.',
    remedy: 'Start the platform with `webspaces up`, or name its folder with --dir.',
  },
  WS_FOLDER_HELD: {
    meaning: 'Another platform is running on this folder.',
    remedy: 'Stop that process, or use another folder with --dir.',
  },
  WS_FOLDER_UNUSABLE: {
    meaning: 'The folder of the platform cannot be written.',
    remedy: 'Check its owner and the free space, or use another folder with --dir.',
  },
  WS_PORT_UNAVAILABLE: {
    meaning: 'The platform cannot listen on this address.',
    remedy: 'Stop what listens there, or choose another port; port 0 takes a free one.',
  },

  // Kubernetes
  WS_NODE_TOO_OLD: {
    meaning: 'This Node.js cannot run the part of the platform that talks to Kubernetes.',
    remedy: 'Use Node.js 22.19 or newer; on one machine, `webspaces up` runs on older ones.',
  },
  WS_KUBECONFIG: {
    meaning: 'There is no usable configuration of how to reach the cluster.',
    remedy: 'Correct the kubeconfig, name another with --kubeconfig, or run in a pod that has a service account.',
  },
  WS_LEADERSHIP_LOST: {
    meaning:
      'This instance could not renew its lease in time, so another may have taken over; it stopped its work and stands by.',
    remedy:
      'Nothing has to be started: whichever instance gets the lease goes on. If it happens often, look at the API server.',
  },

  // webspaces apply
  WS_MANIFEST_UNREADABLE: {
    meaning: 'A file of resources cannot be read, or is too large.',
    remedy: 'Check the path given with -f; nothing was applied.',
  },
  WS_MANIFEST_SYNTAX: {
    meaning: 'A file of resources is not YAML or JSON.',
    remedy: 'Correct it at the line that the message names; nothing was applied.',
  },
  WS_MANIFEST_KIND: {
    meaning: 'A document is not one of the resources of Webspaces.',
    remedy: 'Use kind Customer, Runtime, Webspace or Release of webspaces.dev/v1alpha1; nothing was applied.',
  },

  // webspaces up --demo
  WS_DEMO_EXAMPLES: {
    meaning: 'The example sites are not where they should be.',
    remedy: 'Run the command from a checkout or an installed package, or leave out --demo.',
  },
  WS_DEMO_FAILED: {
    meaning: 'An example could not be pushed; the platform keeps running.',
    remedy: 'See the output above; run `webspaces up --demo` again when it is mended.',
  },
} as const

export const operatorError: ErrorFactory<keyof typeof entries> = defineErrors(entries)

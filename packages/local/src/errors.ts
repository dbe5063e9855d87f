import { defineErrors, type ErrorFactory } from '@webspaces/core'

/** The codes of the one-machine platform. */
const entries = {
  WS_LOCAL_PORT_TAKEN: {
    meaning: 'The HTTP port is in use by another program.',
    remedy: 'Stop that program, or choose another port with --http-port.',
  },
  WS_LOCAL_LISTEN_FAILED: {
    meaning: 'The HTTP server could not listen at its address.',
    remedy: 'Choose an address of this machine with --host, and a port above 1023 with --http-port.',
  },

  // What the router answers
  WS_SITE_UNKNOWN: {
    meaning: 'No site of this platform has this host.',
    remedy: 'Check the address; the page of the platform lists its sites.',
  },
  WS_SITE_STARTING: {
    meaning: 'No replica of the site is ready yet.',
    remedy: 'Try again in a moment; if it stays so, `webspaces logs NAME` shows what the site writes as it starts.',
  },
  WS_SITE_STOPPED: {
    meaning: 'The site is suspended or scaled to no replicas.',
    remedy: 'Its owner can start it again: webspaces get webspace NAME',
  },
  WS_SITE_UNREACHABLE: {
    meaning: 'The site took no connection, ended it before it had answered, or gave an answer that is not HTTP.',
    remedy: 'Try again; if it happens again, `webspaces logs NAME` shows what the site wrote.',
  },
  WS_SITE_TIMEOUT: {
    meaning: 'The site did not answer in time.',
    remedy: 'Try again; if it happens again, look for what the site waits for with `webspaces logs NAME`.',
  },
  WS_REQUEST_REFUSED: {
    meaning: 'The request is not one that can be passed on to a site.',
    remedy: 'Send one Host header with the host of the site, and a path that starts with /.',
  },
  WS_ROUTER_STARTING: {
    meaning: 'The platform has just been started and does not know its sites yet.',
    remedy: 'Try again in a moment.',
  },
  WS_PAGE_UNKNOWN: {
    meaning: 'The platform has no such page of its own.',
    remedy: 'Its sites are listed at /, and as JSON at /api/sites.',
  },
  WS_LOCAL_PROCESS: {
    meaning: 'A process could not be started on this machine.',
    remedy: 'See the cause: usually too many processes or open files, or a full disk.',
  },
  WS_LOCAL_IMAGE: {
    meaning: 'An image reference is not of the kind that this machine builds.',
    remedy: 'Push the branch again; images of a registry cannot be run on one machine.',
  },
  WS_LOCAL_UNSAFE_PATH: {
    meaning: 'The pushed tree has a path, a link or a kind of file that would lead out of its folder.',
    remedy: 'Remove the entry that the message names; links must be relative and stay within the repository.',
  },

  // Files of resources
  WS_LOCAL_YAML: {
    meaning: 'A resource file is not one YAML document.',
    remedy: 'Correct the file at the line given; until then the last good state stays in effect.',
  },
  WS_LOCAL_FILE: {
    meaning: 'A resource file is not a readable, regular text file within the limit of size.',
    remedy: 'Put a regular file of at most 1 MiB in its place; until then the last good state stays in effect.',
  },
  WS_LOCAL_FILE_PLACE: {
    meaning: 'A resource file is not where its kind and name belong.',
    remedy: 'Rename or move it: resources/<plural>/[<namespace>/]<name>.yaml',
  },
  WS_LOCAL_FULL: {
    meaning: 'There are as many resources as one folder takes.',
    remedy: 'Delete resources that are no longer needed.',
  },
} as const

export const localError: ErrorFactory<keyof typeof entries> = defineErrors(entries)

import { defineErrors, type ErrorFactory } from '@webspaces/core'

/** The codes of the git server. */
const entries = {
  WS_SSH_COMMAND: {
    meaning: 'The server was asked to run something other than git.',
    remedy: 'Use git clone, fetch, push or archive. Without a command, ssh lists your Webspaces.',
  },
  WS_SSH_BUSY: {
    meaning: 'As many commands are running as the server takes, in all or for one key.',
    remedy: 'Wait for some of them to end, then try again.',
  },
  WS_SSH_STALLED: {
    meaning: 'Nothing was sent or read by the client for too long.',
    remedy: 'Check the connection, then try again.',
  },
  WS_SSH_HOST_KEY: {
    meaning: 'The host key file can be neither read nor made, or holds a key that is not used.',
    remedy:
      "Give a file that this user can read, with an unencrypted private key of Ed25519 or ECDSA in it (ssh-keygen -t ed25519 -N '' -f FILE), or a folder that it can write to.",
  },
  WS_GIT_MISSING: {
    meaning: 'There is no git on this machine, or it is too old.',
    remedy: 'Install git 2.31 or newer, and see that it is on the PATH of this process.',
  },
  WS_GIT_FAILED: {
    meaning: 'git ended with an error on the server; its own words are in the log.',
    remedy: 'Try again; if it happens again, report it with the id that was printed.',
  },
  WS_GIT_PACK: {
    meaning:
      'git could not take the pushed objects in: they are damaged or fail its checks, or the server has no room for them.',
    remedy: "See git's own words. If they speak of objects, check the clone with git fsck; else try again later.",
  },
  WS_GIT_REQUEST: {
    meaning: 'The list of refs or the push options that come before a pack are over their limit.',
    remedy: 'Push fewer refs at a time, and fewer or shorter push options.',
  },
} as const

export const gitSshError: ErrorFactory<keyof typeof entries> = defineErrors(entries)

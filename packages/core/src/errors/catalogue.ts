import { defineErrors, type ErrorFactory } from './error.ts'

/** The codes of core: resources, the Cluster contract, plugins, templates and the push rules. */
const entries = {
  WS_INTERNAL: {
    meaning: 'Something failed that should not have; the cause is in the log.',
    remedy: 'Try again; if it happens again, report it with the id that was printed.',
  },
  WS_TIMEOUT: {
    meaning: 'A step took longer than its limit and was stopped.',
    remedy: 'Try again, or raise the limit that the message names.',
  },

  // Cluster
  WS_NOT_FOUND: {
    meaning: 'No object of this kind and name exists.',
    remedy: 'Check the name; `webspaces get KIND` lists what there is.',
  },
  WS_ALREADY_EXISTS: {
    meaning: 'An object of this kind and name exists already.',
    remedy: 'Choose another name, or change the existing object.',
  },
  WS_CONFLICT: {
    meaning: 'The object was changed by somebody else since it was read.',
    remedy: 'Read it again and repeat the change.',
  },
  WS_INVALID: {
    meaning: 'A resource does not have the required shape; the message names the field.',
    remedy: 'Correct the field and apply the resource again.',
  },
  WS_FORBIDDEN: {
    meaning: 'The cluster does not allow this to us.',
    remedy: 'Check the roles of the account that Webspaces runs under.',
  },
  WS_UNAVAILABLE: {
    meaning: 'The cluster could not be reached or is not ready.',
    remedy: 'Try again in a moment; nothing has been changed.',
  },

  // Plugins
  WS_PLUGIN_MISSING: {
    meaning: 'A contract that the distribution needs is implemented by none of its plugins.',
    remedy: 'Add the package that the message names to the list of plugins.',
  },
  WS_PLUGIN_DOUBLED: {
    meaning: 'Two plugins implement the same contract, or one plugin is listed twice.',
    remedy: 'Remove one of the two from the list of plugins.',
  },
  WS_PLUGIN_TOO_OLD: {
    meaning: 'A plugin was written for another version of the contracts than this core has.',
    remedy: 'Upgrade the plugin (or core) so that their contract versions agree.',
  },
  WS_PLUGIN_INVALID: {
    meaning: 'What was listed as a plugin is not one.',
    remedy: 'A plugin is an object with name, contractVersion and register(container).',
  },
  WS_START_FAILED: {
    meaning: 'A part of the platform could not be started; what had been started was stopped again.',
    remedy: 'See the cause that the message gives.',
  },

  // Templates and runtimes
  WS_TEMPLATE_REFUSED: {
    meaning: 'A Dockerfile template uses something other than output, if/else and for-of on a path.',
    remedy: 'Rewrite the tag at the line and column given; templates are data and cannot run code.',
  },
  WS_TEMPLATE_VALUE: {
    meaning: 'A template names a value that is undefined, or that has a line break in it.',
    remedy: 'Correct the path, or guard it with an if tag.',
  },
  WS_RUNTIME_UNKNOWN: {
    meaning: 'A Runtime resource names a plugin that is not installed.',
    remedy: 'Name one of the installed plugins, or add the plugin to the distribution.',
  },

  // Access
  WS_ACCESS_DENIED: {
    meaning: 'The repository does not exist, or the key that was used has no access to it.',
    remedy: "Check the name, and that your public key is listed in the Webspace's Customer.",
  },
  WS_SUSPENDED: {
    meaning: 'The customer or the Webspace is suspended: reading is allowed, pushing is not.',
    remedy: 'Ask whoever runs this platform.',
  },

  // Push: preflight
  WS_PUSH_EMPTY: {
    meaning: 'A push named no ref.',
    remedy: 'Push a branch: git push origin HEAD:main',
  },
  WS_PUSH_OPTION: {
    meaning: 'A push option is not known.',
    remedy: 'Use one of the options that the message lists.',
  },
  WS_PUSH_REF: {
    meaning: 'The ref is outside refs/heads and refs/tags, or its name cannot be used.',
    remedy: 'Push to a branch: git push origin HEAD:main',
  },
  WS_PUSH_TOO_MANY_REFS: {
    meaning: 'One push names more refs than the limit.',
    remedy: 'Push them in several steps.',
  },
  WS_PUSH_REF_COLLISION: {
    meaning: 'A branch cannot be a folder of another branch: git stores them in one tree.',
    remedy: 'Rename one of the two branches.',
  },
  WS_PUSH_STALE: {
    meaning: 'The branch has moved on the server since it was last fetched.',
    remedy: 'Fetch, integrate, and push again: git pull --rebase',
  },
  WS_PUSH_NON_FAST_FORWARD: {
    meaning: 'The push would drop commits from the production branch.',
    remedy: 'Integrate the remote changes first: git pull --rebase, then push again.',
  },
  WS_PUSH_PRODUCTION_DELETE: {
    meaning: 'The production branch cannot be deleted.',
    remedy: 'Push another commit to it, or have the Webspace deleted.',
  },
  WS_PUSH_SHALLOW: {
    meaning: 'The pushed history ends before its beginning: it comes from a shallow clone.',
    remedy: 'Complete your clone, then push again: git fetch --unshallow',
  },
  WS_PUSH_NOT_A_COMMIT: {
    meaning: 'A branch can only point at a commit.',
    remedy: 'Push a commit: git push origin HEAD:main',
  },
  WS_PUSH_TOO_LARGE: {
    meaning: 'The pushed tree or pack is over its limit.',
    remedy: 'Remove large files from the history, or ask for a higher limit.',
  },
  WS_PUSH_SUBMODULE: {
    meaning: 'The tree has a submodule that nothing says how to fetch; its folder would be empty.',
    remedy: 'Add the files themselves, or remove the submodule: git rm --cached PATH',
  },
  WS_PUSH_LFS: {
    meaning: 'A file is a Git LFS pointer; its content is not part of the push and would be missing.',
    remedy: 'Commit the file itself: git lfs migrate export --include=PATH',
  },
  WS_PUSH_NO_INPUT: {
    meaning: 'Nothing in the pushed tree says how it is to be built.',
    remedy: 'Add one of the files that the message lists, or a Dockerfile.',
  },
  WS_PUSH_UNFIT: {
    meaning: 'The runtime found its files, and something in them that it cannot build.',
    remedy: 'Correct the file that the message names.',
  },
  WS_PUSH_DOCKERFILE: {
    meaning: 'The repository has its own Dockerfile, and this platform has no Docker to build it.',
    remedy: 'Remove the Dockerfile to use the runtime of the Webspace, or push to a platform with a Docker builder.',
  },
  WS_PUSH_HOST_TAKEN: {
    meaning: 'The host that this branch would have belongs to another Webspace.',
    remedy: 'Change the domain of the Webspace, or use another branch name.',
  },
  WS_PUSH_PREVIEWS_DISABLED: {
    meaning: 'This Webspace has no previews: only its production branch can be pushed.',
    remedy: 'Push to the production branch, or set spec.previews.enabled.',
  },
  WS_PUSH_TOO_MANY_PREVIEWS: {
    meaning: 'The Webspace has as many preview branches as it may have.',
    remedy: 'Delete a branch that is no longer needed: git push origin --delete BRANCH',
  },

  // Push: queue and build
  WS_PUSH_SUPERSEDED: {
    meaning: 'A newer push to the same branch took the place of this one.',
    remedy: 'Nothing to do: the newer push is being built.',
  },
  WS_PUSH_QUEUE_FULL: {
    meaning: 'As many pushes are waiting as the platform takes.',
    remedy: 'Try again in a few minutes.',
  },
  WS_PUSH_CANCELLED: {
    meaning: 'The push was given up by the client, or the platform is shutting down.',
    remedy: 'Push again.',
  },
  WS_BUILD_FAILED: {
    meaning: 'The build ended with an error; its output is above.',
    remedy: 'Correct it and push again; the former version stays live.',
  },
  WS_BUILD_TIMEOUT: {
    meaning: 'The build took longer than its limit and was stopped.',
    remedy: 'Make the build shorter, or ask for a higher limit.',
  },
  WS_BUILD_OUTPUT: {
    meaning: 'The build wrote more output than its limit and was stopped.',
    remedy: 'Make the build quieter.',
  },
  WS_BUILD_TOOL_MISSING: {
    meaning: 'A program that the build needs is not installed on this machine.',
    remedy: 'Install the program that the message names.',
  },
  WS_BUILDER_UNAVAILABLE: {
    meaning: 'The builder cannot be reached.',
    remedy: 'Try again in a moment; the former version stays live.',
  },
} as const

export const coreError: ErrorFactory<keyof typeof entries> = defineErrors(entries)

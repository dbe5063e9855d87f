import { defineErrors, type ErrorFactory } from '@webspaces/core'

/** The codes of the Docker builder. */
const entries = {
  WS_DOCKER_OPTIONS: {
    meaning: 'An option of the Docker builder cannot be used.',
    remedy: 'Correct the option that the message names.',
  },
  WS_DOCKER_CONTEXT: {
    meaning: 'The pushed tree has a path, a link or a kind of file that an image cannot be built from.',
    remedy: 'Remove the entry that the message names; relative links must stay within the repository.',
  },
  WS_DOCKER_DOCKERFILE: {
    meaning: 'The Dockerfile, or the .dockerignore beside it, cannot be understood.',
    remedy: 'Correct the line that the message names, and push again.',
  },
  WS_DOCKER_BASE_IMAGE: {
    meaning: 'An image that the Dockerfile builds on is not on the Docker daemon and cannot be pulled.',
    remedy: 'Check the name and tag after FROM; an image of a private registry must be there already.',
  },
  WS_REGISTRY_CREDENTIALS: {
    meaning: 'The credentials for the registry cannot be read.',
    remedy: 'Give a docker configuration file with the registry under `auths`, or a user name and a password.',
  },
  WS_REGISTRY_REFUSED: {
    meaning: 'The registry does not accept the credentials, or does not allow what was asked of it.',
    remedy: 'Have the credentials of the registry corrected; the former version stays live.',
  },
  WS_REGISTRY_UNAVAILABLE: {
    meaning: 'The registry cannot be reached, or did not answer as a registry does.',
    remedy: 'Try again in a moment; the former version stays live.',
  },
} as const

export const dockerError: ErrorFactory<keyof typeof entries> = defineErrors(entries)

import type { BuildRequest } from '@webspaces/core'
import type { BuilderKind } from '../daemon/daemon-options.ts'
import type { DockerIgnore } from './dockerignore.ts'

/** What is asked of a daemon. */
export interface BuildOnDaemon {
  readonly request: BuildRequest
  readonly settings: BuildSettings
  readonly ignore: DockerIgnore | undefined
  /** `repository:tag` that the image gets on the daemon. */
  readonly tag: string
  readonly kind: BuilderKind
}

/** What is the same for all builds. */
export interface BuildSettings {
  readonly buildArgs: Readonly<Record<string, string>>
  readonly pull: boolean
  readonly network: string | undefined
}

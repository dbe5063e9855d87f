import type { PackageManager } from './package-manager.ts'

/** What `inspect` found out: all that a plan is made of. JSON data, so aliases and not interfaces. */
export type NodeFacts = {
  /** The major that is used: `24`. */
  readonly node: string
  /** The range that the tree asks for, if it does. */
  readonly nodeRange: string | null
  readonly manager: PackageManager
  readonly install: InstallFacts | null
  /** Whether there is a `build` script. */
  readonly build: boolean
  readonly site: SiteFacts
}

export type InstallFacts = {
  /** `all` where the build, or a script of the install itself, may need the devDependencies. */
  readonly scope: 'all' | 'production'
  /** The files that alone decide the outcome; null where it depends on more. */
  readonly inputs: readonly string[] | null
}

export type SiteFacts =
  | {
      readonly type: 'process'
      /** A shell command line, without `exec`. */
      readonly command: string
      /** Commands that have to succeed before. */
      readonly before: readonly string[]
      /** The script that is to be run by the package manager, where only that gives the right result. */
      readonly script: string | null
    }
  | {
      readonly type: 'static'
      /** The folder, `.` for the root; null: what the build makes. */
      readonly folder: string | null
    }

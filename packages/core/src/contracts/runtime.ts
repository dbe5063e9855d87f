import type { SourceTree } from './source.ts'

/** JSON data. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/**
 * A stack: what a source tree of this kind needs to be built and run.
 *
 * Every implementer promises:
 * - It is pure: same tree and options, same answer. It runs no code of the tree, touches no disk and no network, and
 *   keeps nothing between calls.
 * - `inspect` never throws for what a customer may push: a tree that it cannot take is a refusal that names what was
 *   looked for, what was found, and what to do. It reads few and small files (the view bounds each).
 * - `plan` is data. All that is put into a command or a Dockerfile from the tree has been checked or quoted.
 */
export interface Runtime<Facts extends Json = Json> {
  /** Name of the plugin, as a Runtime resource gives it in `spec.plugin`. */
  readonly name: string
  /** One line for people: `Node.js`. */
  readonly title: string
  /** The Dockerfile template, rendered with `plan.template`; a Runtime resource may bring its own. */
  readonly dockerfile: string
  /** The files by which `inspect` knows a tree of this kind, for messages: `package.json`, `index.html`. */
  readonly looksFor: readonly string[]
  inspect(source: SourceTree, options: RuntimeOptions): Promise<Inspection<Facts>>
  plan(facts: Facts, options: RuntimeOptions): Plan
}

/** `spec.options` of the Runtime resource: a platform admin's word, not a customer's. */
export type RuntimeOptions = Readonly<Record<string, Json>>

export type Inspection<Facts extends Json = Json> =
  /** This tree can be built. `notes` are told to the pusher: what was found, what was chosen and why. */
  | { readonly type: 'fits'; readonly facts: Facts; readonly notes: readonly string[] }
  /** Nothing of this kind is there. */
  | { readonly type: 'absent'; readonly found: readonly string[] }
  /** It is of this kind and cannot be built: `problem` says why and in which file, `remedy` what to do. */
  | { readonly type: 'unfit'; readonly path: string; readonly problem: string; readonly remedy: string }

/** How a tree is built and run: data, the same for every builder. */
export interface Plan {
  readonly version: 1
  /** Name of the Runtime plugin that made it. */
  readonly runtime: string
  /** What the Dockerfile template is rendered with. */
  readonly template: { readonly [key: string]: Json }
  /** Programs that the commands below need, for a builder without images. */
  readonly tools: readonly Tool[]
  /** Run in order in a folder with the pushed files and `files`; each must exit 0. For a builder without images. */
  readonly steps: readonly Step[]
  /** Files to add to the pushed tree (a static server, a router script): path → content. Never replace a pushed file. */
  readonly files: Readonly<Record<string, string>>
  /** A shell command line that serves HTTP on `$PORT` and all interfaces until SIGTERM. */
  readonly start: string
  /** Environment of build steps and of the running site. */
  readonly env: Readonly<Record<string, string>>
  /** The port that the site listens on in its image. */
  readonly port: number
  /** A GET of this path answers below 500 as soon as the site is up. */
  readonly healthPath: string
}

export interface Tool {
  /** Program name on PATH. */
  readonly name: string
  /** Version range that the tree asks for (`>=20 <21`), for a note where it is not met. */
  readonly range?: string
  /** What to install where it is missing. */
  readonly hint: string
}

export interface Step {
  /** What the pusher sees: `Installing dependencies`. */
  readonly title: string
  /** A shell command line, run by `sh -c`. */
  readonly run: string
  /**
   * Paths of the tree that alone decide the step's outcome, and the folder it makes: lets a builder keep that folder
   * and skip the step while none of them changes.
   */
  readonly cache?: { readonly inputs: readonly string[]; readonly folder: string }
}

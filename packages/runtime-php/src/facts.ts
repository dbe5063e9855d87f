/** What `inspect` found out: all that a plan is made of. JSON data, so aliases and not interfaces. */
export type PhpFacts = {
  /** The version that is used: `8.4`. */
  readonly php: string
  /** The range that the tree asks for, as npm writes ranges, if it does. */
  readonly phpRange: string | null
  /** Names without `ext-`, sorted. */
  readonly extensions: readonly string[]
  readonly composer: ComposerFacts | null
  /** `public`, `web`, … or `.` for the root. */
  readonly documentRoot: string
  /** Whether the document root has an index.php, which then answers for every path that is no file. */
  readonly frontController: boolean
  /** The command of the Procfile's `web`, in the place of a web server. */
  readonly command: string | null
}

export type ComposerFacts = {
  /** The files that alone decide which packages are installed; null where that depends on more. */
  readonly inputs: readonly string[] | null
}

/** One long-running program of the lab. */
export interface Part {
  readonly name: string
  /** The program, then its arguments. */
  readonly command: readonly [string, ...string[]]
  /** Writes what the program reads at its start. Called before each start, also of one that has run before. */
  prepare?(): Promise<void> | void
  /** Whether it answers. A rejection is a no. */
  isReady(): Promise<boolean>
  /** How long it may take to answer. */
  readonly seconds: number
}

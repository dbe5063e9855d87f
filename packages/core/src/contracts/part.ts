/**
 * Something of the platform that is started and stopped: a server, a controller, a watcher.
 */
export interface Part {
  readonly name: string
  /** Parts start stage by stage in the order of {@link STAGES}, and stop in reverse. */
  readonly stage: Stage
  /** Resolves when it does its work. @throws a coded error; the platform is then stopped again. */
  start(signal: AbortSignal): Promise<void>
  /** Ends its work within the time that the signal gives, and by force when it aborts. */
  stop(signal: AbortSignal): Promise<void>
}

/**
 * - `store`: the Cluster.
 * - `cache`: watched views of it.
 * - `control`: reconcilers and runners.
 * - `traffic`: what serves the sites.
 * - `intake`: what accepts pushes. First to stop, so that nothing new begins while the rest goes down.
 */
export const STAGES = ['store', 'cache', 'control', 'traffic', 'intake'] as const
export type Stage = (typeof STAGES)[number]

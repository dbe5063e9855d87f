/** Everything is looked at this often. Most of what is found so was left by a process that was killed. */
const EVERY_MS = 60 * 60_000
/** From a change to the look at it: what changes in between is looked at with it. */
const FIRST_MS = 5_000
/** The longest from one look to the next, while something that is due has to stay. */
const LONGEST_MS = 30_000
/** What still has to stay by then is in use for reasons of its own, and has its turn when everything has. */
const GIVE_UP_MS = 10 * 60_000

export interface Look {
  readonly began: number
  /** Left out: everywhere. */
  readonly webspaces?: ReadonlySet<string>
}

/**
 * When to look for images that can go, and where: everywhere at once and every hour, and at a Webspace soon after one of
 * its images lost what it was kept for, and then for some time as long as one that is due has to stay. Pods of the last
 * version may run for another half a minute, so each pause is as long as all before it together, within limits.
 *
 * All times are milliseconds since the epoch.
 */
export class PruneSchedule {
  #everything: number
  #look = Number.POSITIVE_INFINITY
  /** Webspaces, and when each of them last lost an image. */
  readonly #since = new Map<string, number>()

  constructor(now: number) {
    this.#everything = now
  }

  /** When {@link next} is to be asked. */
  get due(): number {
    return Math.min(this.#everything, this.#look)
  }

  add(webspace: string, now: number): void {
    this.#since.set(webspace, now)
    this.#look = Math.min(this.#look, now + FIRST_MS)
  }

  /** What to look at now. `looked` or `failed` follows. */
  next(now: number): Look {
    return this.#everything <= now ? { began: now } : { began: now, webspaces: new Set(this.#since.keys()) }
  }

  /** @param left the Webspaces in which something that is due has to stay */
  looked({ began, webspaces }: Look, left: ReadonlySet<string>, now: number): void {
    for (const [webspace, since] of this.#since) {
      // What was added meanwhile has not been looked at.
      if (since < began && (!left.has(webspace) || now - since >= GIVE_UP_MS)) this.#since.delete(webspace)
    }
    if (webspaces === undefined) {
      this.#everything = began + EVERY_MS
      for (const webspace of left) if (!this.#since.has(webspace)) this.#since.set(webspace, began)
    }
    this.#look = this.#since.size === 0 ? Number.POSITIVE_INFINITY : now + this.#pause(now)
  }

  failed({ webspaces }: Look, now: number): void {
    if (webspaces === undefined) this.#everything = now + LONGEST_MS
    if (this.#since.size > 0) this.#look = now + LONGEST_MS
  }

  #pause(now: number): number {
    const waited = now - Math.max(...this.#since.values())
    return Math.min(Math.max(waited, FIRST_MS), LONGEST_MS)
  }
}

/** A ready replica. */
export interface Endpoint {
  /** Unique for the life of the process. */
  readonly id: string
  readonly host: string
  readonly port: number
  readonly labels: Readonly<Record<string, string>>
  readonly namespace: string
}

/** A request's hold on a replica: while it lasts, the replica is not stopped (within the drain limit). */
export interface Lease {
  readonly endpoint: Endpoint
  /** Ends the hold. Done again it does nothing. */
  release(): void
}

type Selector = Readonly<Record<string, string>>

interface Slot {
  endpoint: Endpoint
  /** False once withdrawn: the slot stays only as long as it has leases. */
  ready: boolean
  leases: number
  /** When it was last chosen, counted in choices. */
  chosen: number
  readonly drained: Set<() => void>
}

/**
 * The ready replicas of this machine: what the runner says is ready, and what the router sends requests to.
 *
 * The order in a rolling update is publish (new), withdraw (old), `drained` (old), stop: between the last two no new
 * lease is given, and none is taken away, so no request meets a replica that is going.
 */
export class Endpoints {
  readonly #slots = new Map<string, Slot>()
  readonly #listeners = new Set<() => void>()
  #choices = 0

  /** Makes a replica available; also one that was withdrawn and is ready again, under the same id. */
  publish(endpoint: Endpoint): void {
    const slot = this.#slots.get(endpoint.id)
    if (slot === undefined) {
      this.#slots.set(endpoint.id, { endpoint, ready: true, leases: 0, chosen: 0, drained: new Set() })
    } else {
      slot.endpoint = endpoint
      slot.ready = true
    }
    this.#changed()
  }

  /** No lease is given any more; those that there are stay. Nothing happens if it is not there. */
  withdraw(id: string): void {
    const slot = this.#slots.get(id)
    if (slot?.ready !== true) return
    slot.ready = false
    if (slot.leases === 0) this.#slots.delete(id)
    this.#changed()
  }

  /**
   * Resolves when no lease of this replica is left; to be called after `withdraw`, or new leases come.
   * @throws the signal's reason as soon as it aborts.
   */
  drained(id: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error)
      const slot = this.#slots.get(id)
      if (slot === undefined || slot.leases === 0) return resolve()
      const done = (): void => {
        signal.removeEventListener('abort', aborted)
        resolve()
      }
      const aborted = (): void => {
        slot.drained.delete(done)
        reject(signal.reason as Error)
      }
      slot.drained.add(done)
      signal.addEventListener('abort', aborted, { once: true })
    })
  }

  /**
   * A hold on the ready replica with the fewest leases, among equals the one that was not chosen for the longest
   * time. Undefined if none is ready, or all that are ready are excluded.
   */
  acquire(namespace: string, selector: Selector, exclude?: ReadonlySet<string>): Lease | undefined {
    let best: Slot | undefined
    for (const slot of this.#matching(namespace, selector)) {
      if (exclude?.has(slot.endpoint.id) === true) continue
      if (best === undefined || slot.leases < best.leases || (slot.leases === best.leases && slot.chosen < best.chosen))
        best = slot
    }
    return best === undefined ? undefined : this.#lease(best)
  }

  /** How many replicas are ready. */
  count(namespace: string, selector: Selector): number {
    return this.#matching(namespace, selector).length
  }

  /** Calls the listener after every publish and withdraw, until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #matching(namespace: string, selector: Selector): Slot[] {
    const wanted = Object.entries(selector)
    // A Service without a selector selects nothing (Kubernetes), and not everything.
    if (wanted.length === 0) return []
    return [...this.#slots.values()].filter(
      ({ ready, endpoint }) =>
        ready && endpoint.namespace === namespace && wanted.every(([key, value]) => endpoint.labels[key] === value),
    )
  }

  #lease(slot: Slot): Lease {
    slot.leases += 1
    slot.chosen = ++this.#choices
    let held = true
    return {
      endpoint: slot.endpoint,
      release: () => {
        if (!held) return
        held = false
        slot.leases -= 1
        if (slot.leases > 0) return
        if (!slot.ready) this.#slots.delete(slot.endpoint.id)
        for (const done of slot.drained) done()
        slot.drained.clear()
      },
    }
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener()
  }
}

import { coreError } from '../errors/catalogue.ts'

/** Holds a branch: nobody else checks, builds or moves it meanwhile. */
export interface BranchLock {
  /** Aborts with WS_PUSH_SUPERSEDED when a newer push wants the branch. */
  readonly signal: AbortSignal
  /** From here on the push is accepted and cannot be superseded; a newer one waits. */
  commit(): void
  release(): void
}

interface Holder {
  readonly id: string
  readonly superseded: AbortController
  readonly released: Promise<void>
  committed: boolean
}

/**
 * One push a branch at a time. A newer push does not wait for an older one's build: it cancels it, and goes on once
 * the older one has let go.
 */
export class BranchLocks {
  /** The newest push of each branch, whether it holds the lock or waits for it. */
  readonly #newest = new Map<string, Holder>()

  /** @throws the signal's reason, or WS_PUSH_SUPERSEDED if a still newer push came while this one waited */
  async acquire(branch: string, id: string, signal: AbortSignal): Promise<BranchLock> {
    const former = this.#newest.get(branch)
    let release: () => void = () => undefined
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    const holder: Holder = { id, superseded: new AbortController(), released, committed: false }
    this.#newest.set(branch, holder)
    const letGo = (): void => {
      if (this.#newest.get(branch) === holder) this.#newest.delete(branch)
      release()
    }
    try {
      if (former !== undefined) {
        if (!former.committed) former.superseded.abort(superseded(id))
        await untilAborted(former.released, AbortSignal.any([signal, holder.superseded.signal]))
      }
    } catch (error) {
      // Whoever waits for this one has to wait for the former instead.
      if (former === undefined) letGo()
      else void former.released.then(letGo)
      throw error
    }
    return {
      signal: holder.superseded.signal,
      commit: () => {
        holder.committed = true
      },
      release: letGo,
    }
  }
}

function superseded(by: string): Error {
  return coreError('WS_PUSH_SUPERSEDED', `push ${by} to the same branch took the place of this one`)
}

async function untilAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  let onAbort: () => void = () => undefined
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason as Error)
    signal.addEventListener('abort', onAbort, { once: true })
  })
  try {
    await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

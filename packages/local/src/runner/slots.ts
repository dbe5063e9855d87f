/** Lets only so many do something at one time; the others wait in order. */
export class Slots {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(count: number) {
    this.#free = count
  }

  /**
   * Resolves, when there is a slot, to the function that gives it back; calling that again does nothing.
   * @throws the signal's reason as soon as it aborts.
   */
  async take(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted()
    if (this.#free > 0) this.#free--
    else await this.#turn(signal)
    let held = true
    return () => {
      if (!held) return
      held = false
      const next = this.#waiting.shift()
      if (next === undefined) this.#free++
      else next()
    }
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const taken = (): void => {
        signal.removeEventListener('abort', left)
        resolve()
      }
      const left = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(taken), 1)
        reject(signal.reason as Error)
      }
      signal.addEventListener('abort', left, { once: true })
      this.#waiting.push(taken)
    })
  }
}

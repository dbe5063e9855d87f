import { gitSshError } from '../errors.ts'

/** Counts what runs, in all and for each key, so that one customer cannot take the whole server. */
export class Slots {
  readonly #total: number
  readonly #perKey: number
  readonly #taken = new Map<string, number>()
  #count = 0

  constructor(total: number, perKey: number) {
    this.#total = total
    this.#perKey = perKey
  }

  /** Takes a place until the returned function is called. @throws WS_SSH_BUSY */
  take(key: string): () => void {
    const taken = this.#taken.get(key) ?? 0
    if (taken >= this.#perKey) {
      throw gitSshError('WS_SSH_BUSY', `${this.#perKey} commands are running for this key, which is the limit`)
    }
    if (this.#count >= this.#total) {
      throw gitSshError('WS_SSH_BUSY', `${this.#total} commands are running, which is the limit`)
    }
    this.#taken.set(key, taken + 1)
    this.#count += 1
    return () => {
      const left = (this.#taken.get(key) ?? 1) - 1
      if (left === 0) this.#taken.delete(key)
      else this.#taken.set(key, left)
      this.#count -= 1
    }
  }
}

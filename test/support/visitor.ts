import { Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from './eventually.ts'
import type { Answer } from './http.ts'

export interface VisitorOptions {
  /** Whether connections are kept between requests. */
  readonly keepAlive?: boolean
  /** Between two requests. */
  readonly pauseMs?: number
}

/** Somebody who asks a site again and again, one request after the other, and counts each different answer. */
export class Visitor {
  readonly #answers = new Map<string, number>()
  readonly #leaving = new AbortController()
  readonly #visit: Promise<void>

  constructor(ask: (agent: Agent) => Promise<Answer>, { keepAlive = false, pauseMs = 0 }: VisitorOptions = {}) {
    this.#visit = this.#stay(ask, new Agent({ keepAlive }), pauseMs)
  }

  /** Resolves when the site has answered with this page, and so many times more from now on. */
  async sees(page: string, times = 1): Promise<void> {
    const count = (): number => this.#answers.get(`200 ${page}`) ?? 0
    const wanted = count() + times
    await eventually(count, (seen) => seen >= wanted, 120_000)
  }

  /** @returns the different answers, each as `200 page` or the error of a request that failed, sorted */
  async leave(): Promise<readonly string[]> {
    this.#leaving.abort()
    await this.#visit
    return [...this.#answers.keys()].toSorted()
  }

  async #stay(ask: (agent: Agent) => Promise<Answer>, agent: Agent, pauseMs: number): Promise<void> {
    while (!this.#leaving.signal.aborted) {
      const answer = await ask(agent).then(({ status, body }) => `${status} ${body}`, String)
      this.#answers.set(answer, (this.#answers.get(answer) ?? 0) + 1)
      await sleep(pauseMs)
    }
    agent.destroy()
  }
}

import { mean, tell } from './report.ts'

/** How long the parts of something took, each time that it was done. */
export class Steps {
  readonly #times = new Map<string, number[]>()

  add(step: string, seconds: number): void {
    this.#times.set(step, [...(this.#times.get(step) ?? []), seconds])
  }

  async time(step: string, work: () => Promise<unknown>): Promise<void> {
    const begin = performance.now()
    await work()
    this.add(step, (performance.now() - begin) / 1000)
  }

  tell(): void {
    for (const [step, times] of this.#times) tell(`  of which ${step}`, mean(times))
  }
}

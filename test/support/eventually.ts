import { setTimeout as sleep } from 'node:timers/promises'

/** Asks until the answer is as wanted; fails with the last answer after a generous time. */
export async function eventually<T>(
  ask: () => Promise<T> | T,
  wanted: (answer: T) => boolean,
  limitMs = 30_000,
): Promise<T> {
  const deadline = Date.now() + limitMs
  for (;;) {
    const answer = await ask()
    if (wanted(answer)) return answer
    if (Date.now() > deadline) throw new Error(`never came true; last: ${JSON.stringify(answer)}`)
    await sleep(50)
  }
}

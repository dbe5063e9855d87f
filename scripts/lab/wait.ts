import { setTimeout as sleep } from 'node:timers/promises'

const STEP_MS = 200

/** Asks again until the answer is yes. False if it has not been by then; an error counts as no. */
export async function waitUntil(isDone: () => Promise<boolean> | boolean, seconds: number): Promise<boolean> {
  const end = performance.now() + seconds * 1000
  for (;;) {
    if (await answer(isDone)) return true
    if (performance.now() > end) return false
    await sleep(STEP_MS)
  }
}

/** @returns whether the answer is yes; an error is a no */
export async function answer(question: () => Promise<boolean> | boolean): Promise<boolean> {
  try {
    return await question()
  } catch {
    return false
  }
}

import type { Part } from './part.ts'
import { find, lastLogLines, logFile, start } from './process.ts'
import { waitUntil } from './wait.ts'

/** Starts it unless it runs, and waits for its first answer. A failure shows the end of its log. */
export async function startPart(part: Part): Promise<void> {
  if (find(part.name) === undefined) {
    await part.prepare?.()
    start(part)
  }
  const settled = await waitUntil(async () => find(part.name) === undefined || (await part.isReady()), part.seconds)
  if (settled && find(part.name) !== undefined) return
  const what = settled ? 'ended by itself' : `did not answer within ${part.seconds} s`
  throw new Error(`${part.name} ${what}. The end of ${logFile(part.name)}:\n${lastLogLines(part.name)}`)
}

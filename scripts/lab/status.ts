import { parts } from './parts.ts'
import { find, logFile } from './process.ts'
import { answer } from './wait.ts'

/** A line for each part. @returns whether all of them answer */
export async function status(): Promise<boolean> {
  const states = await Promise.all(
    parts.map(async (part) => {
      const pid = find(part.name)?.pid
      const state = pid === undefined ? 'down' : (await answer(() => part.isReady())) ? 'ready' : 'not ready'
      return { part, pid, state }
    }),
  )
  for (const { part, pid, state } of states) {
    const where = pid === undefined ? '' : `${String(pid).padStart(8)}  ${logFile(part.name)}`
    console.log(`${part.name.padEnd(20)} ${state.padEnd(10)}${where}`)
  }
  return states.every(({ state }) => state === 'ready')
}

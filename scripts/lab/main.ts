/**
 * `npm run lab up|down|status`: a real Kubernetes 1.20, two Docker daemons and a registry on this machine, for tests.
 * `npm run lab stop|start PART` lets tests see what happens without one of them.
 */
import { down } from './down.ts'
import { holdLock } from './lock.ts'
import { partNamed } from './parts.ts'
import { stop } from './process.ts'
import { startPart } from './start-part.ts'
import { status } from './status.ts'
import { up } from './up.ts'

const USAGE = `npm run lab up            brings it up, and leaves it running
npm run lab down          ends it, and leaves nothing behind
npm run lab status        tells each part; 0 if all are ready
npm run lab stop PART     ends one part
npm run lab start PART    brings it back`

const COMMANDS: Readonly<Record<string, (name: string) => Promise<void>>> = {
  up,
  down,
  start: (name) => startPart(partNamed(name)),
  stop: (name) => stop(partNamed(name).name),
}

// Debian keeps the programs of administrators there, and not on everybody's PATH.
process.env['PATH'] = `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`
process.exitCode = await main(process.argv.slice(2))

/** @returns the exit code */
async function main([command = '', name = '']: readonly string[]): Promise<number> {
  if (command === 'status') return (await status()) ? 0 : 1
  const act = COMMANDS[command]
  if (act === undefined) {
    console.error(USAGE)
    return 2
  }
  let release = (): void => undefined
  try {
    release = await holdLock()
    await act(name)
    return 0
  } catch (error) {
    console.error(messages(error).join('\n'))
    return 1
  } finally {
    release()
  }
}

function messages(error: unknown): string[] {
  if (!(error instanceof Error)) return [String(error)]
  return [error.message, ...(error.cause === undefined ? [] : messages(error.cause))]
}

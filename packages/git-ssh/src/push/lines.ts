import type { Writable } from 'node:stream'
import { printable } from '../text.ts'

const MAX_WAITING_BYTES = 256 * 1024

/**
 * Lines to a pusher's terminal, through a hook. Whoever writes them does not wait, so while the pusher reads too
 * slowly, lines are left out instead of piling up, and it is said how many.
 */
export function lineWriter(stream: Writable): (line: string) => void {
  let skipped = 0
  stream.on('drain', () => {
    if (skipped > 0 && stream.writable) stream.write(`… ${skipped} lines were left out here\n`)
    skipped = 0
  })
  return (line) => {
    if (!stream.writable) return
    if (stream.writableLength > MAX_WAITING_BYTES) skipped += 1
    else stream.write(`${printable(line)}\n`)
  }
}

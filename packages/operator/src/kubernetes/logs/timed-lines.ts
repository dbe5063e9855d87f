/** A line as the server gives it with `timestamps=true`. */
export interface TimedLine {
  /** Sorts as text in the order of time, whatever the zone and the number of digits that a node writes. */
  readonly time: string
  readonly text: string
}

/** The rest of a longer line is dropped. */
const MAX_LINE_BYTES = 64 * 1024

/** The lines of a log as they come. What has no time in front (the server's own words) is none. */
export async function* timedLines(body: AsyncIterable<Buffer>): AsyncGenerator<TimedLine, void, undefined> {
  let parts: Buffer[] = []
  let bytes = 0
  const take = (part: Buffer): void => {
    const kept = part.subarray(0, Math.max(0, MAX_LINE_BYTES - bytes))
    bytes += kept.length
    if (kept.length > 0) parts.push(kept)
  }
  const line = (): TimedLine | undefined => {
    const text = Buffer.concat(parts).toString('utf8')
    parts = []
    bytes = 0
    return parse(text)
  }
  for await (const chunk of body) {
    let start = 0
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      take(chunk.subarray(start, end))
      start = end + 1
      const complete = line()
      if (complete !== undefined) yield complete
    }
    take(chunk.subarray(start))
  }
  const last = line()
  if (last !== undefined) yield last
}

/** RFC 3339 with up to nine digits of a second: docker and containerd leave out zeros, and write UTC or local time. */
const STAMPED = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d) (.*)$/s

function parse(line: string): TimedLine | undefined {
  const match = STAMPED.exec(line)
  if (match === null) return undefined
  const [, toTheSecond = '', fraction = '', zone = '', text = ''] = match
  const second = new Date(`${toTheSecond}${zone}`).toISOString().slice(0, 19)
  return { time: `${second}.${fraction.padEnd(9, '0')}Z`, text: text.replace(/\r$/, '') }
}

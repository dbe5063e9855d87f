import { coreError } from '@webspaces/core'

/** An object is at most 1.5 MiB in etcd; as an event in JSON it can be a few times as much. */
const MAX_LINE_BYTES = 16 * 1024 * 1024

/** The values of a stream of JSON lines. A last line that was cut off is none. */
export async function* jsonLines<T>(body: AsyncIterable<Buffer>): AsyncGenerator<T, void, undefined> {
  let parts: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    let start = 0
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      parts.push(chunk.subarray(start, end))
      start = end + 1
      const line = Buffer.concat(parts).toString('utf8')
      parts = []
      bytes = 0
      if (line !== '') yield JSON.parse(line) as T
    }
    const rest = chunk.subarray(start)
    bytes += rest.length
    if (bytes > MAX_LINE_BYTES) throw coreError('WS_UNAVAILABLE', `a watch event has more than ${MAX_LINE_BYTES} bytes`)
    if (rest.length > 0) parts.push(rest)
  }
}

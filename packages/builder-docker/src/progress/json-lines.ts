/** Far above what a daemon sends in one message: the output of a step comes in pieces. */
const LONGEST_MESSAGE = 16 * 1024 * 1024

/** One message of the stream that the daemon answers a build or a push with. */
export interface DaemonMessage {
  readonly id?: string
  readonly stream?: string
  readonly status?: string
  readonly aux?: unknown
  readonly error?: string
  readonly errorDetail?: { readonly code?: number; readonly message?: string }
}

/** The daemon's messages, one JSON object a line. What is not JSON is an error: the daemon then is none. */
export async function* jsonLines(stream: AsyncIterable<Uint8Array>): AsyncGenerator<DaemonMessage> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > LONGEST_MESSAGE) throw new Error('the daemon sent a message without an end')
    for (const line of lines) if (line.trim() !== '') yield JSON.parse(line) as DaemonMessage
  }
  if (rest.trim() !== '') yield JSON.parse(rest) as DaemonMessage
}

const MAX_ANSWER_BYTES = 4 * 1024 * 1024

/** What a registry or its token service answered. */
export async function boundedText({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  if (body !== null) {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      bytes += chunk.byteLength
      if (bytes > MAX_ANSWER_BYTES) throw new Error(`the answer has more than ${MAX_ANSWER_BYTES} bytes`)
      chunks.push(chunk)
    }
  }
  return Buffer.concat(chunks).toString()
}

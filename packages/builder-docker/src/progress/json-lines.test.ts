import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { jsonLines } from './json-lines.ts'

async function messages(chunks: readonly string[]): Promise<unknown[]> {
  const found: unknown[] = []
  for await (const message of jsonLines(Readable.from(chunks.map((chunk) => Buffer.from(chunk))))) found.push(message)
  return found
}

test('messages are put together from pieces, the last also without a line end', async () => {
  expect(await messages(['{"stream":"a"}\r\n{"str', 'eam":"b"}\n\n', '{"error":"c"}'])).toEqual([
    { stream: 'a' },
    { stream: 'b' },
    { error: 'c' },
  ])
})

test('what is no message is an error', async () => {
  await expect(messages(['<html>\n'])).rejects.toThrow(SyntaxError)
})

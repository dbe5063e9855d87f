import { expect, test } from 'vitest'
import { timedLines } from './timed-lines.ts'

async function read(...chunks: (string | Buffer)[]): Promise<string[]> {
  const body = (async function* () {
    for (const chunk of chunks) yield await Promise.resolve(Buffer.from(chunk as string))
  })()
  const lines: string[] = []
  for await (const { time, text } of timedLines(body)) lines.push(`${time}|${text}`)
  return lines
}

test('lines are put together from pieces, also in the middle of a character', async () => {
  const bytes = Buffer.from('2026-01-01T00:00:00.5Z grüße\n2026-01-01T00:00:01Z  two\r\n')
  const pieces = Array.from(bytes, (byte) => Buffer.from([byte]))
  expect(await read(...pieces)).toEqual(['2026-01-01T00:00:00.500000000Z|grüße', '2026-01-01T00:00:01.000000000Z| two'])
})

test('times sort as text, whatever the zone and the digits', async () => {
  const lines = await read(
    '2026-01-01T00:00:00.1Z a\n2026-01-01T00:00:00.12Z b\n2026-01-01T02:00:00.123456789+02:00 c\n',
  )
  expect(lines.toSorted()).toEqual(lines)
  expect(lines.at(-1)).toBe('2026-01-01T00:00:00.123456789Z|c')
})

test('what has no time is not from the container', async () => {
  expect(await read('unable to retrieve container logs\n2026-01-01T00:00:00Z last, without an end')).toEqual([
    '2026-01-01T00:00:00.000000000Z|last, without an end',
  ])
})

test('a line without end costs no more than its limit', async () => {
  const [line = ''] = await read('2026-01-01T00:00:00Z ', ...Array.from({ length: 100 }, () => 'x'.repeat(10_000)))
  expect(line.length).toBeLessThanOrEqual(64 * 1024 + 20)
})

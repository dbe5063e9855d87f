import { expect, test } from 'vitest'
import { LineSplitter, MAX_LINE } from './lines.ts'

function split(...chunks: string[]): string[] {
  const lines: string[] = []
  const splitter = new LineSplitter((line) => lines.push(line))
  for (const chunk of chunks) splitter.write(chunk)
  splitter.end()
  return lines
}

test('lines are put together from chunks, and the last one needs no line end', () => {
  expect(split('a', 'b\nc\n\n', 'd')).toEqual(['ab', 'c', '', 'd'])
})

test('terminal escapes and control characters are removed, tabs stay', () => {
  expect(split('\u001b[31mred\u001b[0m\tx\u0007\r\n\u001b]0;title\u0007y\u009b2J\n')).toEqual(['red\tx', 'y'])
})

test('a line without an end is cut into pieces and never held as a whole', () => {
  const pieces = split(...Array.from({ length: 10 }, () => 'x'.repeat(5000)), '\n')
  expect(pieces.join('')).toHaveLength(50_000)
  expect(Math.max(...pieces.map((piece) => piece.length))).toBe(MAX_LINE)
})

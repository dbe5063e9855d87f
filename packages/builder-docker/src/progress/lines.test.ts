import { describe, expect, test } from 'vitest'
import { joinLines, LineSplitter, plainLine } from './lines.ts'

function split(chunks: readonly (string | Uint8Array)[]): string[] {
  const lines: string[] = []
  const splitter = new LineSplitter((line) => void lines.push(line))
  for (const chunk of chunks) splitter.write(Buffer.from(chunk as string))
  splitter.end()
  return lines
}

test('lines are put together from pieces, also in the middle of a character', () => {
  const [first, second] = [Buffer.from('grü').subarray(0, 3), Buffer.from('grü').subarray(3)]
  expect(split(['one\ntw', 'o\n', '\nthree'])).toEqual(['one', 'two', '', 'three'])
  expect(split([first, second])).toEqual(['grü'])
})

test('a line without an end is shown in parts, so that it does not gather in memory', () => {
  const lines = split(['x'.repeat(20_000), 'y\nz\n'])
  expect(lines.map((line) => line.length)).toEqual([8192, 8192, 3617, 1])
})

describe('a line is shown as a terminal would leave it:', () => {
  test.each([
    ['\u001b[31mred\u001b[0m', 'red'],
    ['10 %\r50 %\r100 %', '100 %'],
    ['done\r', 'done'],
    ['a\tb', 'a    b'],
    ['a\u0007\u0000b\u2028c\u009b1m', 'abc'],
    ['\u001b]0;title\u0007text', 'text'],
  ])('%j', (text, expected) => expect(plainLine(text)).toBe(expected))
})

test('a text of many lines becomes one', () => {
  expect(joinLines('RUN <<EOF\r\n\n  echo one  \nEOF\n')).toBe('RUN <<EOF echo one EOF')
})

test.each([
  ['carriage returns', `${'\r'.repeat(5_000_000)}x`],
  ['spaces', `a\n${' '.repeat(5_000_000)}x`],
])('a line of %s is read once', (_, text) => {
  // Read again from each of them, it would take hours.
  expect(joinLines(text)).toMatch(/x$/)
})

import { expect, test } from 'vitest'
import { terminalText } from './terminal-text.ts'

test.each([
  ['plain \t text, Ünïcode 💥', 'plain \t text, Ünïcode 💥'],
  ['\u001b[31mred\u001b[0m', 'red'],
  ['\u001b[2J\u001b[1;1Hgone', 'gone'],
  ['\u001b]0;title\u0007shown', 'shown'],
  ['bell\u0007 null\u0000 delete\u007f csi\u009b', 'bell null delete csi'],
  ['progress 10%\rprogress 20%\n', 'progress 10%progress 20%'],
])('%j', (line, expected) => {
  expect(terminalText(line)).toBe(expected)
})

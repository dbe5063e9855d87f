import { expect, test } from 'vitest'
import { table } from './table.ts'

test('columns are as wide as their widest cell', () => {
  expect(
    table(
      ['NAME', 'URL', 'AGE'],
      [
        ['blog', 'http://blog.localhost', '5s'],
        ['a-longer-one', '', '3d'],
      ],
    ),
  ).toBe(
    'NAME           URL                     AGE\n' +
      'blog           http://blog.localhost   5s\n' +
      'a-longer-one   <none>                  3d\n',
  )
})

test('a cell cannot move the cursor or start a line', () => {
  expect(table(['MESSAGE'], [['fix\u001b[2K\rok\nblog \u202e']])).toBe('MESSAGE\nfix\\x1b[2K\\x0dok\\x0ablog \\u202e\n')
})

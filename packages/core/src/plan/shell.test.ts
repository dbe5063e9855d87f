import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { execLast, plainWords, quoteShell } from './shell.ts'

test.each(['plain', '', "it's", 'a b', '$HOME', '`id`', '$(id)', 'a\nb', '*', '~', '-n', '\\', '"', '!!', 'é'])(
  'the shell gives back %j as one word',
  (word) => {
    expect(execFileSync('sh', ['-c', `printf %s ${quoteShell(word)}`]).toString()).toBe(word)
  },
)

test.each([
  ['node server.js', 'exec node server.js'],
  ['  node server.js ', 'exec node server.js'],
  ['NODE_ENV=production A="b c" node server.js', 'exec env NODE_ENV=production A="b c" node server.js'],
  ['node migrate.js && node server.js', 'node migrate.js && exec node server.js'],
  ['cd dist && node .', 'cd dist && exec node .'],
  ['node "a && b.js"', 'exec node "a && b.js"'],
  ['node server.js --port $PORT 2>&1', 'exec node server.js --port $PORT 2>&1'],
  ['"$HOME/bin/serve"', 'exec "$HOME/bin/serve"'],
])('the last command of %j takes the place of the shell', (line, expected) => {
  expect(execLast(line)).toBe(expected)
})

test.each([
  'node a.js & node b.js',
  'node a.js | tee log',
  'node a.js; node b.js',
  'node a.js || exit 1',
  '(cd x && node a.js)',
  'cd dist',
  'exec node server.js',
  'if true; then node a.js; fi',
  'node a.js # server',
  'node `which x`',
  'node "$(which x)"',
  'node "unclosed',
  'A=1',
  '',
])('%j keeps its shell', (line) => {
  expect(execLast(line)).toBe(line)
})

test('what exec was put into still does the same', () => {
  const line = `A='x y' B=2 sh -c 'printf "%s-%s" "$A" "$B"'`
  expect(execFileSync('sh', ['-c', execLast(`true && ${line}`)]).toString()).toBe('x y-2')
})

test('plain words are what needs no shell', () => {
  expect(plainWords('node  --enable-source-maps dist/main.js')).toEqual([
    'node',
    '--enable-source-maps',
    'dist/main.js',
  ])
  for (const line of ['node "a b"', 'node $X', 'A=1 node x', 'cd x', 'a && b', 'a > b', 'node *.js', '']) {
    expect(plainWords(line), line).toBeUndefined()
  }
})

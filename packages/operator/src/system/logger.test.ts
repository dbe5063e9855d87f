import { expect, test } from 'vitest'
import { WebspacesError } from '@webspaces/core'
import { createLogger } from './logger.ts'
import type { LogFormat } from './log-options.ts'

function capture(format: LogFormat) {
  const lines: string[] = []
  return { lines, logger: createLogger({ level: 'info', format, write: (text) => lines.push(text) }) }
}

const coded = new WebspacesError('WS_BUILD_FAILED', 'npm ended with 1', { remedy: 'Mend it.' })

test('a line for people: time, level, message, fields', () => {
  const { lines, logger } = capture('text')
  logger.child({ push: 'a1' }).info('push was accepted', { webspace: 'blog', seconds: 1.5, note: 'two words' })
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatch(
    /^\d\d:\d\d:\d\d info {2}push was accepted {2}push=a1 webspace=blog seconds=1.5 note="two words"\n$/,
  )
})

test('what a client sent cannot start a line or move the cursor', () => {
  const { lines, logger } = capture('text')
  logger.warn('command was refused', { command: 'ls\n12:00:00 info  all is well\u001b[2J\u009b' })
  expect(lines.join('').trimEnd().split('\n')).toHaveLength(1)
  expect(lines[0]).not.toContain('\u001b')
  expect(lines[0]).not.toContain('\u009b')
})

test('an error with a code is one line, one without brings its stack', () => {
  const { lines, logger } = capture('text')
  logger.error('build failed', { error: coded })
  expect(lines.pop()).toMatch(/build failed {2}error="WS_BUILD_FAILED: npm ended with 1"\n$/)
  logger.error('unexpected error occurred', { error: new TypeError('x is not a function') })
  expect(lines.pop()).toMatch(/error="TypeError: x is not a function"\n {4}at .*logger\.test/)
})

test('an error whose code is a number is logged as any other', () => {
  const { lines, logger } = capture('text')
  logger.error('watch ended', { error: new DOMException('took too long', 'TimeoutError') })
  expect(lines.pop()).toMatch(/watch ended {2}error="[^"]*took too long"/)
})

test('JSON lines carry level, message, fields and the code of an error', () => {
  const { lines, logger } = capture('json')
  logger.debug('too fine to be shown')
  logger.error('build failed', { webspace: 'blog', error: coded })
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    expect.objectContaining({
      level: 'error',
      msg: 'build failed',
      webspace: 'blog',
      error: expect.objectContaining({ code: 'WS_BUILD_FAILED', message: 'npm ended with 1' }) as object,
    }),
  ])
})

test('fields that cannot be printed cost the fields, and not the line or whoever logs', () => {
  const { lines, logger } = capture('text')
  const odd = {
    get webspace(): string {
      throw new Error('no such webspace')
    },
  }
  logger.warn('listener failed', odd)
  logger.child(odd).info('child went on')
  expect(lines).toEqual([
    expect.stringMatching(/warn {2}listener failed {2}fields="not printable"\n$/),
    expect.stringMatching(/info {2}child went on\n$/),
  ])
})

test('a line that cannot be written is lost, and nothing else', () => {
  const write = (): never => {
    throw new Error('disk full')
  }
  const logger = createLogger({ level: 'info', format: 'text', write })
  expect(() => logger.error('build failed', { error: coded })).not.toThrow()
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hasCode } from '@webspaces/core'
import { parseCommand } from './command.ts'

test.each([
  ["git-upload-pack 'blog.git'", 'git-upload-pack', 'blog'],
  ["git-upload-pack '/blog.git'", 'git-upload-pack', 'blog'],
  ["git-upload-pack '/blog'", 'git-upload-pack', 'blog'],
  ["git-upload-pack '/blog/'", 'git-upload-pack', 'blog'],
  ['git-receive-pack blog.git', 'git-receive-pack', 'blog'],
  ["git receive-pack 'blog.git'", 'git-receive-pack', 'blog'],
  ["git-upload-archive '/blog.git'", 'git-upload-archive', 'blog'],
  ["git-upload-pack 'it'\\''s'", 'git-upload-pack', "it's"],
  ["git-upload-pack 'a'\\!'b'", 'git-upload-pack', 'a!b'],
])('%s asks for %s of %s', (text, service, repository) => {
  expect(parseCommand(text)).toEqual({ service, repository })
})

test.each([
  [''],
  ['git'],
  ['git-upload-pack'],
  ["git-upload-pack 'a' 'b'"],
  ["git-upload-pack 'unterminated"],
  ['git-upload-pack a\\'],
  ['git-upload-pack "blog.git"'],
  ['git-upload-pack `id`'],
  ['git-upload-pack $HOME'],
  ['git-upload-pack a;b'],
  ['git-upload-pack a|b'],
  ['git-upload-pack a\nb'],
  ['git-upload-pack\tblog'],
  ['GIT-UPLOAD-PACK blog'],
  ['git-shell'],
  ["git-upload-pack '" + 'a'.repeat(1000) + "'"],
])('%j is refused', (text) => {
  expect(() => parseCommand(text)).toThrow(expect.objectContaining({ code: 'WS_SSH_COMMAND' }))
})

test('whatever git quotes comes out as it went in', () => {
  // sq_quote of git: single quotes, with ' and ! outside of them.
  const quote = (text: string): string => `'${text.replace(/['!]/g, (character) => `'\\${character}'`)}'`
  fc.assert(
    fc.property(fc.string({ maxLength: 100 }), (name) => {
      expect(parseCommand(`git-receive-pack ${quote(`/${name}.git`)}`)).toEqual({
        service: 'git-receive-pack',
        repository: name,
      })
    }),
  )
})

test('whatever else is sent is a command or a coded error', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      try {
        parseCommand(text)
      } catch (error) {
        expect(hasCode(error, 'WS_SSH_COMMAND')).toBe(true)
      }
    }),
  )
})

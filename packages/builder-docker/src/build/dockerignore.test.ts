import { describe, expect, test } from 'vitest'
import { DockerIgnore } from './dockerignore.ts'

const ignores = (text: string, path: string): boolean => new DockerIgnore(text).ignores(path)

describe('a file is left out', () => {
  test.each([
    ['when a pattern names it', 'secret.txt', 'secret.txt', true],
    ['when a pattern names its folder', 'docs', 'docs/a/b.md', true],
    ['when a pattern with a slash at its ends does', '/docs/', 'docs/a.md', true],
    ['when a pattern with dots does', './x/../docs', 'docs/a.md', true],
    ['unless a later line brings it back', '*.md\n!README.md', 'README.md', false],
    ['when a still later line drops it', '!README.md\n*.md', 'README.md', true],
    ['unless it is brought back from a folder that is out', 'docs\n!docs/a.md', 'docs/a.md', false],
    ['and not for a comment', '#docs', 'docs', false],
    ['and not for a blank line', '\n  \n', 'docs', false],
    ['with line ends of Windows and a mark of the byte order', '\uFEFFdocs\r\nx\r\n', 'docs', true],
    ['but for a single dot, which means nothing', '.', 'docs', false],
    ['with everything else', '*', 'docs/a.md', true],
    ['only by its exact case', 'Docs', 'docs', false],
  ])('%s', (_, text, path, expected) => {
    expect(ignores(text, path)).toBe(expected)
  })
})

test('the Dockerfile and .dockerignore are sent in any case', () => {
  expect(ignores('*', 'Dockerfile')).toBe(false)
  expect(ignores('*', '.dockerignore')).toBe(false)
  expect(ignores('*', 'a/Dockerfile')).toBe(true)
})

test('a pattern that is not complete is told by its line', () => {
  expect(() => new DockerIgnore('a\n\n[b')).toThrow(
    expect.objectContaining({ code: 'WS_DOCKER_DOCKERFILE', message: expect.stringMatching(/line 3/) as string }),
  )
})

test('more patterns than anyone needs are refused', () => {
  expect(() => new DockerIgnore('a\n'.repeat(501))).toThrow(expect.objectContaining({ code: 'WS_DOCKER_DOCKERFILE' }))
})

test('a pattern that is too long is refused', () => {
  expect(() => new DockerIgnore(`a\n${'*a'.repeat(3000)}`)).toThrow(
    expect.objectContaining({ code: 'WS_DOCKER_DOCKERFILE', message: expect.stringMatching(/line 2/) as string }),
  )
})

test('patterns that take too long for a path are refused with what to do', () => {
  const hostile = new DockerIgnore(`${'*a'.repeat(60)}b\n`.repeat(400))
  expect(hostile.ignores('short')).toBe(false)
  expect(() => hostile.ignores('a'.repeat(4000))).toThrow(
    expect.objectContaining({
      code: 'WS_DOCKER_DOCKERFILE',
      message: expect.stringContaining('takes too long') as string,
      remedy: expect.stringContaining('simpler patterns') as string,
    }),
  )
})

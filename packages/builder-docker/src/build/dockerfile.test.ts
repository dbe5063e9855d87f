import type { BuildRequest, Plan } from '@webspaces/core'
import { describe, expect, test } from 'vitest'
import { checkFrontend, dockerfileFor } from './dockerfile.ts'

describe('a Dockerfile with a frontend', () => {
  test.each([
    'FROM x',
    '# a comment\nFROM x',
    '# syntax=docker/dockerfile:1\nFROM x',
    '#syntax = docker.io/docker/dockerfile:1.7-labs\nFROM x',
    '# escape=`\n# syntax=docker/dockerfile@sha256:0\nFROM x',
    'FROM x\n# syntax=example.com/mine\n',
    '# a comment\n# syntax=example.com/mine\nFROM x',
  ])('is taken: %j', (text) => expect(() => checkFrontend(text)).not.toThrow())

  test.each([
    '# syntax=example.com/mine\nFROM x',
    '#SYNTAX=example.com/docker/dockerfile:1',
    '\uFEFF# syntax=docker/dockerfile-of-mine',
    '#!/bin/run\n# syntax=example.com/mine',
    '# escape=`\n# syntax=example.com/mine',
    '// syntax=example.com/mine',
    '# a=\u00a0\n# syntax=example.com/mine',
    '# syntax=example.com/mine \u2028x',
    '# syntax=example.com/mine \rx',
    '\n{"syntax": "example.com/mine"}',
  ])('is refused: %j', (text) => {
    expect(() => checkFrontend(text)).toThrow(expect.objectContaining({ code: 'WS_DOCKER_DOCKERFILE' }))
  })
})

test('a line of spaces is read once', () => {
  // Read again from each of them, it would take hours.
  expect(() => checkFrontend(`# a=x${' '.repeat(5_000_000)}y`)).not.toThrow()
})

describe('cache mounts for the classic builder', () => {
  const text = 'FROM x\nRUN --mount=type=cache,id=a,target=/a --mount=type=cache,target=/b npm ci\nRUN npm run build\n'
  const own = { dockerfile: text } as BuildRequest
  const rendered: BuildRequest = { ...own, plan: {} as Plan }

  test('are taken out of a template', () => {
    expect(dockerfileFor(rendered, 'classic')).toBe('FROM x\nRUN npm ci\nRUN npm run build\n')
  })
  test("stay for BuildKit, and in a customer's own Dockerfile", () => {
    expect(dockerfileFor(rendered, 'buildkit')).toBe(text)
    expect(dockerfileFor(own, 'classic')).toBe(text)
  })
})
